using System.Globalization;
using Throttle.Api.Http;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Api.Envoy;

/// <summary>Decides requests: matches their descriptors, asks the buckets, and combines the answers.</summary>
internal sealed class EnvoyService(
    EnvoyConfigSource source, EnvoyOptions options, IInlineLimits limits, EnvoyMeter meter, ThrottleApiOptions api)
{
    /// <summary>Whose keys the buckets' are.</summary>
    public const string Space = "envoy";

    /// <summary>Decides one request. Every descriptor is decided on its own, whatever becomes of the others.</summary>
    /// <exception cref="ApiProblemException">A key is too long.</exception>
    /// <exception cref="FailureException">A bucket gave no answer.</exception>
    public async ValueTask<(EnvoyVerdict Verdict, EnvoyPlan Plan)> DecideAsync(EnvoyRequest request, CancellationToken cancellationToken)
    {
        var config = source.Current;
        if (!config.HasDomain(request.Domain))
        {
            meter.CountUnknownDomain();
        }

        var plan = EnvoyPlan.Of(config, request);
        var calls = CallsOf(plan, request);
        var uncounted = options.CountsAllOrNone ? await LeaveUncountedAsync(plan, calls, cancellationToken).ConfigureAwait(false) : [];
        var answers = await AskAsync(calls, cancellationToken).ConfigureAwait(false);
        var verdict = EnvoyVerdict.Of(plan, StatusesOf(plan, request, answers, uncounted), options.IsShadow, options.IsQuota);
        if (verdict.IsShadowed)
        {
            meter.CountGlobalShadow();
        }

        return (verdict, plan);
    }

    private static void CheckKey(string key, int i)
    {
        // A UTF-16 unit is three bytes of UTF-8 at most, so that short keys need no count.
        if (key.Length > ApiLimits.MaxKeyBytes / 3)
        {
            KeyLength.Check(key, string.Create(CultureInfo.InvariantCulture, $"The key that domain, unit and descriptors[{i}].entries make"));
        }
    }

    private static InlineCall[] CallsOf(EnvoyPlan plan, EnvoyRequest request)
    {
        var calls = new List<InlineCall>(plan.Matches.Length);
        for (var i = 0; i < plan.Matches.Length; i++)
        {
            if (plan.Matches[i] is not { } match)
            {
                continue;
            }

            // Of a limit of 0, too: it has no bucket, but names its values in metrics.
            CheckKey(match.BucketKey, i);
            if (match.Limit.Spec is { } spec)
            {
                calls.Add(CallOf(match.BucketKey, spec, request, request.Descriptors[i]));
            }
        }

        return [.. calls];
    }

    /// <remarks>
    /// What a descriptor adds by itself is how Envoy settles what was used already: where it does not fit it still was used, so
    /// that nothing remains. Whatever else is refused is not counted.
    /// </remarks>
    private static InlineCall CallOf(string key, Core.Limiters.FixedWindowSpec spec, EnvoyRequest request, EnvoyDescriptor descriptor) =>
        new(Space, key, spec, (long)Math.Min(request.HitsOf(descriptor), Limits.MaxPermits))
        {
            Action = descriptor.IsNegative ? InlineAction.GiveBack : descriptor.HitsAddend > 0 ? InlineAction.Drain : InlineAction.Take,
        };

    /// <summary>
    /// Looks at the buckets first: where one has no room, the calls to those that have room are changed to ask without taking. Hits
    /// are not taken and given back instead, since they could come back to the next window.
    /// </summary>
    /// <returns>The calls that were changed, by their places.</returns>
    private async ValueTask<HashSet<int>> LeaveUncountedAsync(EnvoyPlan plan, InlineCall[] calls, CancellationToken cancellationToken)
    {
        var taking = Enumerable.Range(0, calls.Length)
            .Where(i => calls[i] is { Permits: > 0, Action: InlineAction.Take or InlineAction.Drain }).ToArray();
        var looked = await AskAsync(
            Array.ConvertAll(taking, i => calls[i] with { Permits = 0, Action = InlineAction.Take }), cancellationToken).ConfigureAwait(false);
        var fitting = Enumerable.Range(0, taking.Length).Where(i => looked[i].Remaining >= calls[taking[i]].Permits).Select(i => taking[i]).ToHashSet();
        if (fitting.Count == taking.Length && !Array.Exists(plan.Matches, match => match is { Limit.Spec: null }))
        {
            return [];
        }

        foreach (var i in fitting)
        {
            calls[i] = calls[i] with { Permits = 0, Action = InlineAction.Take };
        }

        return fitting;
    }

    private async ValueTask<LimiterDecision[]> AskAsync(InlineCall[] calls, CancellationToken cancellationToken)
    {
        if (calls.Length == 0)
        {
            return [];
        }

        if (calls.Length == 1)
        {
            return limits.TryAsk(calls[0], out var decision)
                ? [decision]
                : [Answered(await limits.AskAsync(calls[0], cancellationToken).ConfigureAwait(false))];
        }

        return Array.ConvertAll(await limits.AskEachAsync(calls, cancellationToken).ConfigureAwait(false), Answered);
    }

    private LimiterDecision Answered(BucketAnswer answer)
    {
        if (answer.Error is null)
        {
            return answer.Decision;
        }

        // 503 and not 400, which is what Envoy's own service answers: it is not the caller's mistake.
        meter.CountError();
        throw new FailureException(answer.Error);
    }

    private EnvoyStatus[] StatusesOf(EnvoyPlan plan, EnvoyRequest request, LimiterDecision[] answers, HashSet<int> uncounted)
    {
        var statuses = new EnvoyStatus[plan.Matches.Length];
        var answer = 0;
        for (var i = 0; i < statuses.Length; i++)
        {
            var hits = Math.Min(request.HitsOf(request.Descriptors[i]), Limits.MaxPermits);
            statuses[i] = plan.Matches[i] is not { } match ? plan.IsUnlimited[i] ? EnvoyStatus.Unlimited : EnvoyStatus.NoLimit
                : request.Descriptors[i].IsNegative ? GaveBack(match, match.Limit.Spec is null ? null : answers[answer++])
                : match.Limit.Spec is null ? Refuse(match, hits)
                : uncounted.Contains(answer) ? GaveBack(match, answers[answer++])
                : StatusOf(match, hits, answers[answer++]);
        }

        return statuses;
    }

    /// <summary>Hits that came back are never over a limit, and are not counted as hits. A limit of 0 has no bucket that they could come back to.</summary>
    private EnvoyStatus GaveBack(EnvoyMatch match, LimiterDecision? decision) => new(
        match.Limit,
        IsOver: false,
        (uint)(decision?.Remaining ?? 0),
        decision is { ResetAfterTicks: > 0 and var ticks } ? Seconds(ticks) : SecondsToEnd(match.Limit.Unit));

    /// <summary>A limit of 0.</summary>
    private EnvoyStatus Refuse(EnvoyMatch match, ulong hits)
    {
        meter.Count(match, 0, hits);
        return new EnvoyStatus(match.Limit, !match.Limit.IsShadow, 0, SecondsToEnd(match.Limit.Unit));
    }

    /// <remarks>Who adds nothing asks whether there is room: where nothing remains, there is none.</remarks>
    private EnvoyStatus StatusOf(EnvoyMatch match, ulong hits, in LimiterDecision decision)
    {
        var isOver = hits == 0 ? decision.Remaining == 0 : !decision.IsAllowed;
        var used = (ulong)(decision.Limit - decision.Remaining);
        meter.Count(match, decision.IsAllowed ? used - Math.Min(used, hits) : used, hits);
        var reset = decision.ResetAfterTicks > 0 ? Seconds(decision.ResetAfterTicks) : SecondsToEnd(match.Limit.Unit);
        return new EnvoyStatus(match.Limit, isOver && !match.Limit.IsShadow, (uint)decision.Remaining, reset);
    }

    /// <summary>Until the present window ends, for a bucket that nobody has used.</summary>
    private long SecondsToEnd(EnvoyUnit unit)
    {
        var now = api.Clock.GetUtcNow().UtcTicks;
        return Seconds(new FixedGrid(EnvoyUnits.TicksOf(unit)).At(now).End - now);
    }

    private static long Seconds(long ticks) => (ticks + Ticks.PerSecond - 1) / Ticks.PerSecond;
}
