using Throttle.Core.Limiters;

namespace Throttle.Grains.Interfaces;

/// <summary>Finds the grain of a bucket.</summary>
public static class GrainFactoryExtensions
{
    /// <summary>The grain that owns a bucket, a queue's or any other's. Worth keeping: making one costs about as much as a call.</summary>
    /// <param name="factory">The cluster client, or a grain's factory.</param>
    /// <param name="limit">The rule's algorithm.</param>
    /// <param name="ruleId">The rule's id.</param>
    /// <param name="key">The bucket within the rule.</param>
    public static IBucketGrain GetBucketGrain(this IGrainFactory factory, LimiterSpec limit, string ruleId, string key)
    {
        ArgumentNullException.ThrowIfNull(factory);
        var grainKey = BucketGrainKey.Of(ruleId, key);
        return limit is QueueSpec ? factory.GetGrain<ILeakyBucketGrain>(grainKey) : factory.GetGrain<ITokenBucketGrain>(grainKey);
    }

    /// <summary>The grain that keeps the rules.</summary>
    public static IRuleGrain GetRuleGrain(this IGrainFactory factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return factory.GetGrain<IRuleGrain>(IRuleGrain.Key);
    }
}
