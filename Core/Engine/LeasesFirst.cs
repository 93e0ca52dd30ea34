using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Engine;

/// <summary>
/// Several buckets, some of which lease, for a caller that may wait: leases are waited for in line, one after the other in the
/// rules' order, then everything else is taken at once. A refusal, late or not, ends the leases.
/// </summary>
/// <remarks>Buckets are asked through <see cref="IBuckets"/> only, so they may be anywhere.</remarks>
/// <param name="buckets">Whom to ask.</param>
/// <param name="clock">Tells how much of the wait is left.</param>
/// <param name="calls">The buckets and the permits.</param>
internal sealed class LeasesFirst(IBuckets buckets, MonotonicClock clock, BucketCall[] calls)
{
    private readonly BucketAnswer[] _answers = new BucketAnswer[calls.Length];
    private readonly List<int> _held = [];
    private readonly List<int> _refusing = [];

    /// <summary>Whether these buckets are to be asked this way for a caller that may wait so long.</summary>
    public static bool IsNeeded(BucketCall[] calls, long maxWaitTicks) => maxWaitTicks > 0 && Array.Exists(calls, IsLeased);

    /// <summary>Takes from all or none, as <see cref="IBuckets.AcquireAllAsync"/> does. For one call.</summary>
    public async Task<BucketAnswer[]> AcquireAsync(long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken)
    {
        var deadline = Ticks.Add(clock.Now, maxWaitTicks);
        if (await IsRefusedAsync(maxWaitTicks, cancellationToken).ConfigureAwait(false))
        {
            return _answers;
        }

        try
        {
            await TakeLeasesAsync(deadline, cancellationToken).ConfigureAwait(false);
            await TakeOthersAsync(deadline, awaitTurn, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await EndLeasesAsync().ConfigureAwait(false);
            throw;
        }

        if (_refusing.Count > 0)
        {
            await EndLeasesAsync().ConfigureAwait(false);
            await ShowAsync(Places(i => !_refusing.Contains(i)), cancellationToken).ConfigureAwait(false);
        }

        return _answers;
    }

    private static bool IsLeased(BucketCall call) => call.Rule.Limit is ConcurrencySpec;

    private bool Stops(int place) => _answers[place].Stops(calls[place].Rule);

    private int[] Places(Predicate<int> isMeant) => [.. Enumerable.Range(0, calls.Length).Where(i => isMeant(i))];

    private long Left(long deadline) => Math.Max(0, deadline - clock.Now);

    /// <summary>Whether a rule without leases refuses already: then nobody need wait for leases.</summary>
    private async Task<bool> IsRefusedAsync(long maxWaitTicks, CancellationToken cancellationToken)
    {
        await Task.WhenAll(calls.Select(async (call, i) =>
            _answers[i] = await buckets.PeekAsync(call, maxWaitTicks, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
        if (Places(i => !IsLeased(calls[i]) && Stops(i)).Length == 0)
        {
            return false;
        }

        await ShowAsync(Places(i => _answers[i].IsGranted), cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task TakeLeasesAsync(long deadline, CancellationToken cancellationToken)
    {
        foreach (var i in Places(i => IsLeased(calls[i])))
        {
            _answers[i] = await buckets.AcquireAsync(calls[i], Left(deadline), awaitTurn: true, cancellationToken).ConfigureAwait(false);
            if (Stops(i))
            {
                _refusing.Add(i);
                return;
            }

            _held.Add(i);
        }
    }

    private async Task TakeOthersAsync(long deadline, bool awaitTurn, CancellationToken cancellationToken)
    {
        var others = Places(i => !IsLeased(calls[i]));
        if (others.Length == 0 || _refusing.Count > 0)
        {
            return;
        }

        var taken = await buckets.AcquireAllAsync(
            Array.ConvertAll(others, i => calls[i]), Left(deadline), awaitTurn, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < others.Length; i++)
        {
            _answers[others[i]] = taken[i];
        }

        _refusing.AddRange(others.Where(Stops));
    }

    private async Task EndLeasesAsync()
    {
        foreach (var i in _held.Where(i => _answers[i].IsGranted))
        {
            await buckets.ReturnAsync(calls[i], _answers[i].Decision.Grant, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Shows, instead of what those at the places would have granted, what they hold.</summary>
    private Task ShowAsync(int[] places, CancellationToken cancellationToken) => Task.WhenAll(places.Select(async i =>
        _answers[i] = await buckets.PeekAsync(calls[i] with { Permits = 0 }, 0, cancellationToken).ConfigureAwait(false)));
}
