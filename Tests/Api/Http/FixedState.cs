using Throttle.Api.Hosting;

namespace Throttle.Tests.Api.Http;

/// <summary>A node that says what it is told to say.</summary>
internal sealed class FixedState : INodeState
{
    public string? NotReady { get; set; }
}
