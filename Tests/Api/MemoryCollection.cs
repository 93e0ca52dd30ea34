namespace Throttle.Tests.Api;

/// <summary>Tests that look at the memory of the whole process: nobody else may be at work then.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MemoryCollection
{
    public const string Name = "memory";
}
