using System.Collections.Concurrent;

namespace Throttle.Api.Webhooks;

/// <summary>Bounds the deliveries under way, to each target and in all. Others wait for a place, in order.</summary>
/// <param name="max">The most in all.</param>
/// <param name="maxPerTarget">The most to one target.</param>
internal sealed class DeliveryRoom(int max, int maxPerTarget) : IDisposable
{
    private readonly SemaphoreSlim _all = new(max);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _targets = new(StringComparer.OrdinalIgnoreCase);
    private int _active;
    private int _waiting;

    /// <summary>Deliveries under way.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Deliveries whose turn has come and that wait for a place.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Waits for a place; disposing of it gives it back.</summary>
    /// <param name="target">Scheme, host and port.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<IDisposable?> EnterAsync(string target, CancellationToken cancellationToken)
    {
        // The target's place first: who waits for a slow target holds no place of the others.
        var own = _targets.GetOrAdd(target, static (_, most) => new SemaphoreSlim(most), maxPerTarget);
        Interlocked.Increment(ref _waiting);
        try
        {
            await own.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await _all.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                own.Release();
                throw;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        Interlocked.Increment(ref _active);
        return new Place(this, own);
    }

    public void Dispose() => _all.Dispose();

    private sealed class Place(DeliveryRoom room, SemaphoreSlim target) : IDisposable
    {
        private int _isLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isLeft, 1) == 0)
            {
                Interlocked.Decrement(ref room._active);
                room._all.Release();
                target.Release();
            }
        }
    }
}
