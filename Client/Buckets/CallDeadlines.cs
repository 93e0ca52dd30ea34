using System.Diagnostics;
using System.Numerics;

namespace Throttle.Client.Buckets;

/// <summary>
/// Deadlines for calls, without a timer for each: calls that start within the same eighth of the time-out share one.
/// </summary>
internal sealed class CallDeadlines
{
    private const int Parts = 8;
    private const int MaxStripes = 16;
    private readonly TimeSpan _timeout;
    private readonly long _part;

    // One for a processor: each call enters itself at its deadline's source and leaves it, under a lock.
    private readonly Shared?[] _shared;

    public CallDeadlines(TimeSpan timeout)
    {
        _timeout = timeout;
        _part = timeout.Ticks * Stopwatch.Frequency / TimeSpan.TicksPerSecond / Parts;
        _shared = new Shared?[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MaxStripes))];
    }

    /// <summary>A deadline for a call that starts now: after the time-out, or at most an eighth of it earlier.</summary>
    /// <param name="cancellationToken">The caller's own, which ends the call too.</param>
    public CallDeadline Next(CancellationToken cancellationToken)
    {
        var token = NextShared();
        if (!cancellationToken.CanBeCanceled)
        {
            return new(token, null);
        }

        var linked = CancellationTokenSource.CreateLinkedTokenSource(token, cancellationToken);
        return new(linked.Token, linked);
    }

    private CancellationToken NextShared()
    {
        ref var place = ref _shared[Thread.GetCurrentProcessorId() & (_shared.Length - 1)];
        var now = Stopwatch.GetTimestamp();
        var shared = Volatile.Read(ref place);
        if (shared is not null && now - shared.StartedAt < _part)
        {
            return shared.Token;
        }

        // Not disposed of: its calls may use it until it has fired, which also frees its timer.
        var next = new Shared(now, new CancellationTokenSource(_timeout).Token);
        Volatile.Write(ref place, next);
        return next.Token;
    }

    private sealed record Shared(long StartedAt, CancellationToken Token);
}
