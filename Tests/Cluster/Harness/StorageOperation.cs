namespace Throttle.Tests.Cluster.Harness;

/// <summary>What is done with a record.</summary>
public enum StorageOperation
{
    Read,
    Write,
    Clear,
}
