using Throttle.Core.Engine;

namespace Throttle.Core.Local;

/// <summary>A caller in line for a lease. Its bucket's lock guards the line; the task completes once.</summary>
internal sealed class LeaseWaiter(string key, long permits)
{
    private readonly TaskCompletionSource<BucketAnswer> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Key { get; } = key;

    public long Permits { get; } = permits;

    public Task<BucketAnswer> Task => _done.Task;

    public bool TryComplete(in BucketAnswer answer) => _done.TrySetResult(answer);

    public bool TryCancel(CancellationToken token) => _done.TrySetCanceled(token);
}
