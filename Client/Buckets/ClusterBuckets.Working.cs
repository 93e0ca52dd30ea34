using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Grains.Interfaces;

namespace Throttle.Client.Buckets;

/// <content>Calls about the work that buckets queue.</content>
internal sealed partial class ClusterBuckets
{
    /// <summary>One call to a queue. All of them may be made again, so that one whose answer was lost is.</summary>
    /// <returns>The reply, or the default value and why there is none.</returns>
    public ValueTask<(TReply? Reply, Failure? Error)> WorkAsync<TReply>(
        BucketCall call, Func<ILeakyBucketGrain, long, CancellationToken, ValueTask<TReply>> ask, CancellationToken cancellationToken) => CallAsync(
            call,
            ask,
            static (IBucketGrain grain, in BucketCall c, Func<ILeakyBucketGrain, long, CancellationToken, ValueTask<TReply>> ask, CancellationToken token) =>
                ask((ILeakyBucketGrain)grain, c.Set.Version, token),
            mayRepeat: true,
            cancellationToken);

    /// <summary>After a queue has called the caller's rules stale: makes those known here as new.</summary>
    /// <returns>Whether they changed, so that the caller should ask anew.</returns>
    public async ValueTask<bool> FollowAsync(BucketCall call, long rulesVersion, CancellationToken cancellationToken)
    {
        using var deadline = _calls.Deadline(cancellationToken);
        return await IsOutdatedAsync(call, rulesVersion, deadline.Token).ConfigureAwait(false);
    }
}
