namespace Throttle.Core.Replication;

/// <summary>A region's way to its peers.</summary>
public interface IPeerExchange
{
    /// <summary>The region's name.</summary>
    string Region { get; }

    /// <summary>Begins to tell the peers what a log says, until the result is disposed; that tells them the last of it, where that is quick.</summary>
    IAsyncDisposable Start(IReplicationLog log);
}
