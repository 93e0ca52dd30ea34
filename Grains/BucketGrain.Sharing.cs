using Throttle.Core.Limiters;
using Throttle.Core.Replication;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Regions;
using Throttle.Grains.Storage;
using Throttle.Grains.Waiting;

namespace Throttle.Grains;

/// <content>What other regions have to do with it. Granting counts in memory; telling them is the region's own business.</content>
internal abstract partial class BucketGrain
{
    // Null until another region has told something of this bucket: most never hear anything.
    private HeardCounts? _heard;

    // It was made anew after a loss, so that what it is short of may be more than it has granted.
    private bool _isPresumed;

    HeardCountWire[]? IStoredBucket.Heard => PackHeard();

    private RegionReporter? Region => _rule is { Replicate: true } ? context.Region : null;

    /// <summary>As <see cref="ITokenBucketGrain.ChargeAsync"/>.</summary>
    protected ValueTask<long?> ChargeWhenReadyAsync(ChargeWire[] charges, long rulesVersion, CancellationToken cancellationToken) =>
        WhenReadyAsync<long?>(
            rulesVersion,
            () => ChargeAsync(charges, cancellationToken),
            reply => reply.Status == BucketStatus.Stale ? null : throw new InvalidOperationException(reply.Error),
            cancellationToken);

    private async ValueTask<long?> ChargeAsync(ChargeWire[] charges, CancellationToken cancellationToken)
    {
        if (_rule is not { Replicate: true })
        {
            return null;
        }

        var now = Now;
        var bucket = _bucket!;
        _isPresumed &= !bucket.IsNew(now);
        _heard ??= new();
        foreach (var charge in charges)
        {
            var entry = new ReplicationEntry("", "", charge.Count, 0, 0, charge.Consumed, charge.Returned, charge.Outstanding);
            bucket.TryCharge(_heard.Hear(charge.Region, entry, charge.HasFollowed, _isPresumed ? bucket.MissingOf(now) : 0), now);
        }

        var resetAfterTicks = bucket.Peek(0, now).ResetAfterTicks;
        Keep(now, resetAfterTicks);
        Touch();
        var (ruleId, key) = BucketGrainKey.Parse(GrainKey);
        context.Region?.Note(ruleId, key, Ticks.Add(now, resetAfterTicks));

        // A failure undoes nothing: whoever tells it again finds it known, and has it covered.
        return IsCovered(now) || await CoverAsync([], cancellationToken) is not { } error
            ? bucket.MissingOf(Now)
            : throw new InvalidOperationException(error.ToString());
    }

    private void CountGranted(in LimiterDecision decision, long now)
    {
        if (Region is { } region && IsTaken(decision))
        {
            var (ruleId, key) = BucketGrainKey.Parse(GrainKey);
            region.Count(ruleId, key, decision.Grant.Permits, 0, Ticks.Add(now, decision.ResetAfterTicks));
        }
    }

    private void CountReturned(long permits)
    {
        if (Region is { } region && permits > 0)
        {
            var now = Now;
            var (ruleId, key) = BucketGrainKey.Parse(GrainKey);
            region.Count(ruleId, key, 0, permits, Ticks.Add(now, _bucket!.Peek(0, now).ResetAfterTicks));
        }
    }

    /// <summary>Callers that were told an instant keep it, whatever becomes of the bucket: what they wait for is counted now.</summary>
    private void CountPromised(WaitRoom room)
    {
        foreach (var place in room.Promised())
        {
            place.IsCounted = true;
            CountGranted(place.Waiter.Decision, Now);
        }
    }

    private HeardCountWire[]? PackHeard() => _heard is null
        ? null
        : [.. _heard.All.Select(heard => new HeardCountWire(heard.Region, heard.Count, heard.Consumed, heard.Returned))];

    private void UnpackHeard(HeardCountWire[]? heard)
    {
        _heard = heard is null ? null : new();
        foreach (var count in heard ?? [])
        {
            _heard!.Add(count.Region, count.Count, count.Consumed, count.Returned);
        }
    }

    private HeardCountWire? PackOwn()
    {
        var (ruleId, key) = BucketGrainKey.Parse(GrainKey);
        return context.Region?.Find(ruleId, key) is { } own ? new("", own.Id, own.Consumed, own.Returned) : null;
    }

    private void UnpackOwn(MovedBucket moved)
    {
        if (moved.Own is { } own)
        {
            var (ruleId, key) = BucketGrainKey.Parse(GrainKey);
            context.Region?.Adopt(ruleId, key, (own.Count, own.Consumed, own.Returned), Ticks.Add(Now, moved.ResetAfterTicks));
        }
    }
}
