using Throttle.Core.Rules;

namespace Throttle.Core.Engine;

/// <content>Several requests at once: what needs one bucket and no wait is asked together, the rest one by one.</content>
public sealed partial class ThrottleEngine
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Decision>> ReserveEachAsync(
        IReadOnlyList<ThrottleRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var decisions = new Decision[requests.Count];
        try
        {
            await AskEachAsync(requests, [.. Enumerable.Range(0, requests.Count)], decisions, cancellationToken).ConfigureAwait(false);
            return decisions;
        }
        catch
        {
            // The caller learns of no decision, so none may have taken anything.
            for (var i = decisions.Length - 1; i >= 0; i--)
            {
                if (decisions[i] is { } taken)
                {
                    await ReturnAsync(taken, CancellationToken.None).ConfigureAwait(false);
                }
            }

            throw;
        }
    }

    /// <summary>Asks for those at <paramref name="places"/>, in order, and puts each decision in its place.</summary>
    private async Task AskEachAsync(
        IReadOnlyList<ThrottleRequest> requests, List<int> places, Decision[] decisions, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var underWay = new List<(Task Asking, BucketCall[] Calls)>();
        var together = new List<Asked>();
        foreach (var asked in MatchEach(requests, places))
        {
            if (asked.Several is null)
            {
                together.Add(asked);
                continue;
            }

            // Of two for one bucket, the earlier is asked first.
            if (together.Exists(earlier => Share([earlier.Only], asked.Several)))
            {
                await StartTogetherAsync().ConfigureAwait(false);
            }

            await ForEarlierAsync(underWay, asked.Several).ConfigureAwait(false);
            underWay.Add((
                AskApartAsync(requests[asked.Place], asked, decisions, cancellationToken),
                LeasesFirst.IsNeeded(asked.Several, requests[asked.Place].MaxWait.Ticks) ? [] : asked.Several));
        }

        await StartTogetherAsync().ConfigureAwait(false);
        await Task.WhenAll(underWay.Select(u => u.Asking)).ConfigureAwait(false);

        async ValueTask StartTogetherAsync()
        {
            if (together.Count > 0)
            {
                var calls = together.ConvertAll(a => a.Only).ToArray();
                await ForEarlierAsync(underWay, calls).ConfigureAwait(false);
                underWay.Add((AskTogetherAsync(requests, [.. together], calls, decisions, cancellationToken), calls));
                together.Clear();
            }
        }
    }

    /// <summary>
    /// Waits for the answers to earlier requests for the same buckets, because calls to other machines may overtake one another.
    /// Those that wait for a lease hold nobody up.
    /// </summary>
    private static async ValueTask ForEarlierAsync(List<(Task Asking, BucketCall[] Calls)> underWay, BucketCall[] calls)
    {
        foreach (var (asking, earlier) in underWay)
        {
            if (!asking.IsCompleted && Share(earlier, calls))
            {
                // What it throws is thrown once everybody has been asked.
                await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static bool Share(BucketCall[] some, BucketCall[] others) =>
        Array.Exists(some, a => Array.Exists(
            others, b => a.Index == b.Index && string.Equals(a.Key, b.Key, StringComparison.Ordinal)));

    private async Task AskTogetherAsync(
        IReadOnlyList<ThrottleRequest> requests,
        Asked[] asked,
        BucketCall[] calls,
        Decision[] decisions,
        CancellationToken cancellationToken)
    {
        var answers = await _buckets.AcquireEachAsync(calls, cancellationToken).ConfigureAwait(false);
        var stale = new List<int>();
        for (var i = 0; i < asked.Length; i++)
        {
            if (answers[i].IsStale)
            {
                stale.Add(asked[i].Place);
            }
            else
            {
                decisions[asked[i].Place] = One(calls[i], answers[i]);
            }
        }

        if (stale.Count > 0)
        {
            await AskEachAsync(requests, stale, decisions, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AskApartAsync(
        ThrottleRequest request, Asked asked, Decision[] decisions, CancellationToken cancellationToken)
    {
        try
        {
            decisions[asked.Place] =
                await AskAsync(request, asked.Several!, awaitTurn: false, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException e) when (e is not ArgumentNullException)
        {
            // The rules changed meanwhile, and under the present ones it cannot be asked.
            throw new InvalidRequestsException([new RequestFault(asked.Place, e)]);
        }
    }

    /// <summary>Finds everybody's buckets before anybody is asked, so that misuse shows while nothing is taken.</summary>
    private List<Asked> MatchEach(IReadOnlyList<ThrottleRequest> requests, List<int> places)
    {
        var set = _rules.Current;
        var all = new List<Asked>(places.Count);
        var faults = new List<RequestFault>();
        foreach (var place in places)
        {
            try
            {
                all.Add(Match(set, requests[place], place));
            }
            catch (ArgumentException e) when (e is not ArgumentNullException)
            {
                faults.Add(new RequestFault(place, e));
            }
        }

        return faults.Count == 0 ? all : throw new InvalidRequestsException(faults);
    }

    private static Asked Match(RuleSet set, in ThrottleRequest request, int place)
    {
        Check(request);
        var index = request.MaxWait == TimeSpan.Zero ? OnlyRule(set, request) : -1;
        return index >= 0 && set.Rules[index].Mode == RuleMode.Enforce
            ? new(place, CallFor(set, index, request), null)
            : new(place, default, Match(set, request));
    }

    /// <summary>One of several requests, with its only bucket, or with all of them where it is asked by itself.</summary>
    private readonly record struct Asked(int Place, BucketCall Only, BucketCall[]? Several);
}
