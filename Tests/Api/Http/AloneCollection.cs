namespace Throttle.Tests.Api.Http;

/// <summary>
/// Tests that run while no other does. Throttles of one process share a meter's name, so that a metrics page also counts what
/// another test's node does, and stops counting with it.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Alone";
}
