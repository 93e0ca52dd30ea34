namespace Throttle.Client.Buckets;

/// <summary>A token that ends a call: at its deadline, or when its caller gives up.</summary>
internal readonly struct CallDeadline(CancellationToken token, CancellationTokenSource? linked) : IDisposable
{
    public CancellationToken Token { get; } = token;

    public void Dispose() => linked?.Dispose();
}
