using Throttle.Core.Limiters;

namespace Throttle.Grains.Interfaces;

/// <summary>Finds the grain of a bucket.</summary>
public static class GrainFactoryExtensions
{
    /// <summary>The grain that owns a bucket, of the kind that the rule's algorithm has. Worth keeping: making one costs about as much as a call.</summary>
    /// <param name="factory">The cluster client, or a grain's factory.</param>
    /// <param name="limit">The rule's algorithm.</param>
    /// <param name="ruleId">The rule's id.</param>
    /// <param name="key">The bucket within the rule.</param>
    public static IBucketGrain GetBucketGrain(this IGrainFactory factory, LimiterSpec limit, string ruleId, string key)
    {
        ArgumentNullException.ThrowIfNull(factory);
        var grainKey = BucketGrainKey.Of(ruleId, key);
        return limit switch
        {
            TokenBucketSpec or GcraSpec => factory.GetGrain<ITokenBucketGrain>(grainKey),
            LeakyBucketSpec or QueueSpec => factory.GetGrain<ILeakyBucketGrain>(grainKey),
            FixedWindowSpec => factory.GetGrain<IFixedWindowGrain>(grainKey),
            SlidingWindowSpec => factory.GetGrain<ISlidingWindowGrain>(grainKey),
            SlidingLogSpec => factory.GetGrain<ISlidingLogGrain>(grainKey),
            SpacingSpec => factory.GetGrain<ISpacingGrain>(grainKey),
            ConcurrencySpec => factory.GetGrain<IConcurrencyGrain>(grainKey),
            _ => throw new ArgumentException($"There is no grain for {limit}.", nameof(limit)),
        };
    }

    /// <summary>The grain that keeps the rules.</summary>
    public static IRuleGrain GetRuleGrain(this IGrainFactory factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return factory.GetGrain<IRuleGrain>(IRuleGrain.Key);
    }
}
