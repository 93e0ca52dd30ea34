namespace Throttle.Core.Replication;

/// <summary>The sizes of what nodes exchange, all inclusive.</summary>
public static class ReplicationLimits
{
    /// <summary>The longest name of a region, in characters of <c>[a-z0-9-]</c>.</summary>
    public const int MaxRegionLength = 100;

    /// <summary>The most other regions that a node listens to.</summary>
    public const int MaxRegions = 100;

    /// <summary>The most buckets in one page.</summary>
    public const int MaxEntries = 1_000;

    /// <summary>How many earlier runs of a region are remembered, so that nothing late of theirs is taken.</summary>
    public const int MaxEnded = 16;

    /// <summary>What is wrong with a region's name, or null.</summary>
    public static string? RegionFault(string? region) =>
        region is { Length: >= 1 and <= MaxRegionLength } && !region.AsSpan().ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-")
            ? null
            : $"the region is '{ShownText.Of(region)}'; use 1 to {MaxRegionLength} of the characters a-z, 0-9 and -";
}
