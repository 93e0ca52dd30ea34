using Orleans.Storage;

namespace Throttle.Grains.Storage;

/// <summary>
/// One record in grain storage: its tag, and what is to be believed of it after an operation has failed, which may have been done
/// all the same. One operation at a time.
/// </summary>
/// <param name="storage">Where it is.</param>
/// <param name="stateName">What kind of record.</param>
/// <param name="grainId">Whose.</param>
/// <param name="isSame">Whether what was read is what was to be written; null stands for no record.</param>
internal sealed class RecordStore<TRecord>(
    IGrainStorage storage, string stateName, GrainId grainId, Func<TRecord?, TRecord?, bool> isSame)
    where TRecord : class, new()
{
    private bool _isKnown;
    private bool _isDoubtful;

    // What a failed operation may have stored all the same: a record, or nothing where it cleared.
    private TRecord? _attempted;

    public string? Etag { get; private set; }

    public bool HasRecord { get; private set; }

    /// <summary>A record that another silo has read or written.</summary>
    public void Learn(string? etag, bool hasRecord) => (Etag, HasRecord, _isKnown) = (etag, hasRecord, true);

    /// <summary>What storage holds counts no more as known.</summary>
    public void Unlearn() => (_isKnown, _isDoubtful, _attempted) = (false, false, null);

    /// <summary>What storage holds; null when nothing.</summary>
    public async Task<TRecord?> ReadAsync()
    {
        var state = new GrainState<TRecord>(new());
        await storage.ReadStateAsync(stateName, grainId, state, CancellationToken.None);
        Learn(state.ETag, state.RecordExists);
        (_isDoubtful, _attempted) = (false, null);
        return state.RecordExists ? state.State : null;
    }

    /// <summary>Reads the record's tag where it is not known for certain. To be called before what is to be written is made.</summary>
    /// <exception cref="InconsistentStateException">Somebody else has written it.</exception>
    public async Task KnowAsync()
    {
        if (_isKnown && !_isDoubtful)
        {
            return;
        }

        var (wasKnown, etag, attempted) = (_isKnown, Etag, _attempted);
        var record = await ReadAsync();
        if (wasKnown && Etag != etag && !isSame(record, attempted))
        {
            throw new InconsistentStateException("somebody else has written it", Etag, etag);
        }
    }

    /// <summary>Writes a record whose tag is known.</summary>
    public Task WriteAsync(TRecord record) =>
        DoAsync(record, record, state => storage.WriteStateAsync(stateName, grainId, state, CancellationToken.None));

    /// <summary>Clears a record whose tag is known, if there is one.</summary>
    public Task ClearAsync() => HasRecord
        ? DoAsync(null, new(), state => storage.ClearStateAsync(stateName, grainId, state, CancellationToken.None))
        : Task.CompletedTask;

    private async Task DoAsync(TRecord? attempted, TRecord record, Func<GrainState<TRecord>, Task> operation)
    {
        var state = new GrainState<TRecord>(record, Etag) { RecordExists = HasRecord };
        (_isDoubtful, _attempted) = (true, attempted);
        await operation(state);
        (Etag, HasRecord, _isDoubtful, _attempted) = (state.ETag, state.RecordExists, false, null);
    }
}
