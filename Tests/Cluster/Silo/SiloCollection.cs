namespace Throttle.Tests.Cluster.Silo;

/// <summary>Tests that read or set the process's environment, or look for free ports: one at a time, so that they do not take them from one another.</summary>
[CollectionDefinition(Name)]
public sealed class SiloCollection
{
    public const string Name = "silo";
}
