using Orleans.Services;

namespace Throttle.Grains.Membership;

/// <summary>A silo, as other silos talk to it. Its full name is part of its address on the wire.</summary>
[Alias("throttle.ISiloAgent")]
internal interface ISiloAgent : IGrainService
{
    /// <summary>A silo leaves, and has handed over everything that it kept in memory.</summary>
    [Alias("Goodbye")]
    Task GoodbyeAsync(SiloAddress silo);

    /// <summary>What this silo knows of silos that left.</summary>
    [Alias("GetLosses")]
    Task<LossReport> GetLossesAsync();

    /// <summary>The version of the rules that this silo works with.</summary>
    [Alias("GetRulesVersion")]
    Task<long> GetRulesVersionAsync();

    /// <summary>The first keys of a rule's buckets on this silo, in order.</summary>
    /// <param name="ruleId">The rule.</param>
    /// <param name="after">The keys after this one; null for all.</param>
    /// <param name="limit">The most keys, 1 to <see cref="Core.Local.IBucketList.MaxPage"/>.</param>
    [Alias("ListBuckets")]
    Task<string[]> ListBucketsAsync(string ruleId, string? after, int limit);
}
