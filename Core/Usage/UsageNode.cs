namespace Throttle.Core.Usage;

/// <summary>A node that counts.</summary>
/// <param name="Name">Its name; in a cluster a new one after a restart.</param>
/// <param name="HasEnded">Whether it is gone: what it has counted stays.</param>
public sealed record UsageNode(string Name, bool HasEnded);
