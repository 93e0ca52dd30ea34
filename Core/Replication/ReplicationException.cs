namespace Throttle.Core.Replication;

/// <summary>A page that this node does not take, because the nodes are not set up to exchange; nothing has changed.</summary>
public sealed class ReplicationException(string message) : Exception(message);
