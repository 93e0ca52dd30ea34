namespace Throttle.Tests.Cluster.Silo;

/// <summary>Tests that read or set the environment of their process: one at a time.</summary>
[CollectionDefinition(Name)]
public sealed class SiloCollection
{
    public const string Name = "silo";
}
