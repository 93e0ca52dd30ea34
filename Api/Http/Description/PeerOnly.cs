namespace Throttle.Api.Http.Description;

/// <summary>Marks endpoints for peers: they need the peer token.</summary>
internal sealed class PeerOnly
{
    public static readonly PeerOnly Instance = new();

    private PeerOnly()
    {
    }
}
