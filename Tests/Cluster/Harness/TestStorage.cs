using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;

namespace Throttle.Tests.Cluster.Harness;

/// <summary>
/// Grain storage that outlives every silo, counts what is done, and is slow, fails or conflicts when a test says so. A record is
/// kept as its serialized bytes with a version, as a real store keeps it.
/// </summary>
public sealed class TestStorage : IGrainStorage
{
    private readonly Serializer _serializer = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();
    private readonly ConcurrentDictionary<(string State, GrainId Grain), Record> _records = [];
    private readonly ConcurrentDictionary<GrainId, int> _writes = [];
    private volatile Func<StorageOperation, GrainId, StorageFault>? _fault;
    private volatile TaskCompletionSource? _held;
    private int _underWay;
    private int _waiting;

    /// <summary>Operations that have begun and not ended.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Operations that a <see cref="Hold"/> holds back.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>How often a grain's records were written, failures left out.</summary>
    public int WritesOf(GrainId grain) => _writes.GetValueOrDefault(grain);

    /// <summary>Whether there is a record of the grain.</summary>
    public bool Holds(GrainId grain) => _records.Keys.Any(k => k.Grain == grain);

    /// <summary>Every record's grain.</summary>
    public IEnumerable<GrainId> Grains => _records.Keys.Select(k => k.Grain);

    /// <summary>Holds every operation back from now on, until <see cref="Release"/>.</summary>
    public void Hold() => _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets the operations go that were held back.</summary>
    public void Release()
    {
        var held = _held;
        _held = null;
        held?.SetResult();
    }

    /// <summary>Decides from now on what becomes of each operation; null for the usual.</summary>
    public void Break(Func<StorageOperation, GrainId, StorageFault>? fault) => _fault = fault;

    /// <summary>Forgets everything, as a store without a disk does that is started again.</summary>
    public void Lose() => _records.Clear();

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        DoAsync(StorageOperation.Read, grainId, () =>
        {
            var isThere = _records.TryGetValue((stateName, grainId), out var record);
            grainState.State = isThere ? _serializer.Deserialize<T>(record!.Bytes) : Activator.CreateInstance<T>();
            (grainState.ETag, grainState.RecordExists) = (record?.ETag, isThere);
        });

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var written = new Record(_serializer.SerializeToArray(grainState.State!), Guid.NewGuid().ToString("N"));
        return DoAsync(StorageOperation.Write, grainId, () =>
        {
            _records.AddOrUpdate(
                (stateName, grainId),
                _ => grainState.ETag is null ? written : throw Conflict(grainId, null, grainState.ETag),
                (_, stored) => string.Equals(stored.ETag, grainState.ETag, StringComparison.Ordinal)
                    ? written
                    : throw Conflict(grainId, stored.ETag, grainState.ETag));
            (grainState.ETag, grainState.RecordExists) = (written.ETag, true);
            _writes.AddOrUpdate(grainId, 1, (_, n) => n + 1);
        });
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        DoAsync(StorageOperation.Clear, grainId, () =>
        {
            if (_records.TryGetValue((stateName, grainId), out var stored) && !string.Equals(stored.ETag, grainState.ETag, StringComparison.Ordinal))
            {
                throw Conflict(grainId, stored.ETag, grainState.ETag);
            }

            _records.TryRemove((stateName, grainId), out _);
            (grainState.State, grainState.ETag, grainState.RecordExists) = (Activator.CreateInstance<T>(), null, false);
        });

    private static InconsistentStateException Conflict(GrainId grain, string? stored, string? current) =>
        new($"Somebody else wrote the state of {grain}.", stored, current);

    private async Task DoAsync(StorageOperation operation, GrainId grain, Action action)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            if (_held is { } held)
            {
                Interlocked.Increment(ref _waiting);
                await held.Task;
                Interlocked.Decrement(ref _waiting);
            }

            var fault = _fault?.Invoke(operation, grain) ?? StorageFault.None;
            if (fault == StorageFault.Conflict)
            {
                throw Conflict(grain, "another", null);
            }

            if (fault != StorageFault.FailsBefore)
            {
                action();
            }

            if (fault != StorageFault.None)
            {
                throw new IOException($"The store failed to {operation} {grain}, as the test told it to.");
            }
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private sealed record Record(byte[] Bytes, string ETag);
}
