using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Grains.Interfaces;

namespace Throttle.Client.Buckets;

/// <content>Several buckets at once.</content>
internal sealed partial class ClusterBuckets
{
    public ValueTask<BucketAnswer[]> AcquireAllAsync(
        BucketCall[] calls, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken) =>
        LeasesFirst.IsNeeded(calls, maxWaitTicks)
            ? new(new LeasesFirst(this, _clock, calls).AcquireAsync(maxWaitTicks, awaitTurn, cancellationToken))
            : AcquireTogetherAsync(calls, maxWaitTicks, awaitTurn, cancellationToken);

    public async ValueTask<BucketAnswer[]> AcquireEachAsync(BucketCall[] calls, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(calls);
        cancellationToken.ThrowIfCancellationRequested();

        // Once begun it is finished: no call waits, and what the first have taken need not be given back.
        return await ByBucket.AskAsync(
            calls,
            call => (_grains.NameOf(call), call.Set.Version),
            place => AskAsync(calls[place], 0, isPeek: false, CancellationToken.None),
            (places, answers) => AcquireEachAsync(calls, places, answers)).ConfigureAwait(false);
    }

    /// <summary>The calls to one bucket.</summary>
    private async Task AcquireEachAsync(BucketCall[] calls, List<int> places, BucketAnswer[] answers)
    {
        var first = calls[places[0]];
        var (replies, error) = await CallAsync(
            first,
            places.ConvertAll(i => calls[i].Permits).ToArray(),
            static (IBucketGrain grain, in BucketCall c, long[] permits, CancellationToken token) =>
                grain.AcquireEachAsync(permits, c.Set.Version, token),
            mayRepeat: true,
            CancellationToken.None).ConfigureAwait(false);
        for (var i = 0; i < places.Count; i++)
        {
            answers[places[i]] = replies is null ? BucketAnswer.Failed(error!) : replies[i].ToAnswer();
        }

        if (!places.Exists(i => answers[i].IsStale))
        {
            return;
        }

        var version = replies!.Max(r => r.RulesVersion);
        if (!await IsOutdatedAsync(first, version, CancellationToken.None).ConfigureAwait(false))
        {
            foreach (var i in places.Where(i => answers[i].IsStale))
            {
                answers[i] = BucketAnswer.Failed(Failure.Of(FailureReason.RulesDiffer));
            }
        }
    }

    private async ValueTask<BucketAnswer[]> AcquireTogetherAsync(
        BucketCall[] calls, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken)
    {
        var answers = await CancellablyAsync(
            AskTogetherAsync(calls, maxWaitTicks), taken => GiveBackAsync(calls, taken), cancellationToken).ConfigureAwait(false);
        return awaitTurn
            ? await GrantedWait.WaitAsync(
                answers, _clock.Now, _time, _clock, (i, grant) => GiveBackOneAsync(calls[i], grant), cancellationToken).ConfigureAwait(false)
            : answers;
    }

    /// <summary>Asks all of them at once, and gives back what was granted where one refuses.</summary>
    private async Task<BucketAnswer[]> AskTogetherAsync(BucketCall[] calls, long maxWaitTicks)
    {
        var asking = Array.ConvertAll(calls, c => AskAsync(c, maxWaitTicks, isPeek: false, CancellationToken.None));
        var answers = new BucketAnswer[calls.Length];
        for (var i = 0; i < calls.Length; i++)
        {
            answers[i] = await asking[i].ConfigureAwait(false);
        }

        if (Enumerable.Range(0, calls.Length).Any(i => answers[i].Stops(calls[i].Rule)))
        {
            await GiveBackAsync(calls, answers).ConfigureAwait(false);
        }

        return answers;
    }

    /// <summary>Gives back what was granted, and shows in its place what the buckets hold now.</summary>
    private Task GiveBackAsync(BucketCall[] calls, BucketAnswer[] answers) => Task.WhenAll(
        Enumerable.Range(0, calls.Length).Where(i => answers[i].IsGranted && calls[i].Permits > 0).Select(async i =>
        {
            var granted = answers[i].Decision;
            var reply = await GiveBackAsync(calls[i], granted.Grant, CancellationToken.None).ConfigureAwait(false);

            // Without a limit nobody answered: such a reply is no decision at all.
            var present = reply.Bucket.Limit > 0 ? reply.Bucket.ToAnswer() : default;
            answers[i] = present.IsGranted
                ? present
                : new(LimiterDecision.Allowed(granted.Limit, granted.Remaining, 0, granted.ResetAfterTicks, default));
        }));

    private async ValueTask GiveBackOneAsync(BucketCall call, Grant grant) =>
        await GiveBackAsync(call, grant, CancellationToken.None).ConfigureAwait(false);
}
