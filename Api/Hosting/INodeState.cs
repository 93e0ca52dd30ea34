namespace Throttle.Api.Hosting;

/// <summary>Whether a node can take requests, where more than its own process decides that. A host without one is ready once it runs.</summary>
public interface INodeState
{
    /// <summary>Null when requests may come; otherwise why not, as one sentence. Answers at once, and safe from any thread.</summary>
    string? NotReady { get; }

    /// <summary>How many nodes there are, as far as this one knows, itself included. Answers at once.</summary>
    int NodeCount => 1;
}
