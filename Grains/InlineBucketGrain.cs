using Throttle.Core.Engine;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Storage;

namespace Throttle.Grains;

/// <inheritdoc cref="IInlineBucketGrain"/>
/// <remarks>
/// Its rule is made of the last call's limit, so that everything else is as for any bucket: durability by how fast the limit
/// refills, what a loss costs, and the way to another silo. What was restored goes on under the limit it was stored with until
/// a call brings its own.
/// </remarks>
[GrainType("throttle-inline-bucket")]
internal sealed class InlineBucketGrain(IGrainContext grainContext, BucketContext context)
    : BucketGrain(grainContext, context), IInlineBucketGrain
{
    private Rule? _present;

    protected override BucketFamily Family => BucketFamily.Any;

    public ValueTask<BucketReply> AskAsync(InlineCallWire call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        var asked = Read(call);
        Begin(asked.Rule);
        return IsReady(rulesVersion: 0)
            ? Answer(asked, cancellationToken)
            : WhenReadyAsync(0, () => Answer(asked, cancellationToken), reply => reply, cancellationToken);
    }

    public ValueTask<BucketReply[]> AskEachAsync(InlineCallWire[] calls, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(calls);
        if (calls.Length == 0)
        {
            return new([]);
        }

        var asked = Array.ConvertAll(calls, Read);
        Begin(asked[0].Rule);
        return WhenReadyAsync(
            0,
            () => new ValueTask<BucketReply[]>(AnswerEachAsync(asked, cancellationToken)),
            reply => [.. Enumerable.Repeat(reply, calls.Length)],
            cancellationToken);
    }

    protected override Rule? FindRule() => _present;

    private Asked Read(InlineCallWire call)
    {
        CheckPermits(call.Permits, least: 0);
        return new(RuleOf(call.Limit.ToSpec(), call.ToOnChange()), call.ToAction(), call.Permits);
    }

    private Rule RuleOf(LimiterSpec limit, OnChange onChange)
    {
        if (_present is { } present && present.Limit == limit)
        {
            return present;
        }

        var space = BucketGrainKey.Parse(GrainKey).RuleId;
        return new() { Id = InlineCall.CountedAs(space), Limit = Context.InlineLimits.Of(limit), OnChange = onChange };
    }

    /// <summary>Has the bucket made by a limit, where none was named yet.</summary>
    private void Begin(Rule rule)
    {
        if (Rule is null)
        {
            _present ??= rule;
            Apply(_present);
        }
    }

    // Not async: most calls end here at once, and should cost no more than they must.
    private ValueTask<BucketReply> Answer(in Asked asked, CancellationToken cancellationToken)
    {
        var decision = Do(asked);
        return !MustBeStored(asked, decision)
            ? new(new BucketReply(decision, RulesVersion))
            : StoreAndAnswerAsync(asked, decision, cancellationToken);
    }

    private async ValueTask<BucketReply> StoreAndAnswerAsync(Asked asked, LimiterDecision decision, CancellationToken cancellationToken) =>
        (await StoreAndAnswerAsync([asked], [decision], cancellationToken))[0];

    private Task<BucketReply[]> AnswerEachAsync(Asked[] asked, CancellationToken cancellationToken) =>
        StoreAndAnswerAsync(asked, Array.ConvertAll(asked, each => Do(each)), cancellationToken);

    /// <summary>Brings the bucket under the call's limit, and does what is asked, in one turn.</summary>
    private LimiterDecision Do(in Asked asked)
    {
        if (_present!.Limit != asked.Rule.Limit)
        {
            _present = asked.Rule;
            Apply(_present);
        }

        var now = Now;
        if (asked.Action == InlineAction.Reset)
        {
            DoNotKeep();
        }

        var decision = Bucket!.Ask(asked.Action, asked.Permits, now);
        if (IsTaken(decision) || asked.Action != InlineAction.Take)
        {
            Keep(now, decision.ResetAfterTicks);
            Touch();
        }

        return decision;
    }

    /// <summary>Whether the answer has to wait for storage: for what was taken, or emptied; and for a reset, which nobody would ask for twice.</summary>
    private bool MustBeStored(in Asked asked, in LimiterDecision decision) => asked.Action switch
    {
        InlineAction.Reset => true,
        InlineAction.GiveBack => false,
        InlineAction.Drain => !IsCovered(Now),
        _ => IsTaken(decision) && !IsCovered(Now),
    };

    private async Task<BucketReply[]> StoreAndAnswerAsync(Asked[] asked, LimiterDecision[] decisions, CancellationToken cancellationToken)
    {
        var version = RulesVersion;
        var isStored = Array.Exists(asked, each => each.Action == InlineAction.Reset);
        var error = isStored || asked.Where((each, i) => MustBeStored(each, decisions[i])).Any()
            ? await CoverAsync(asked, decisions, isStored, cancellationToken)
            : null;
        return [.. asked.Select((each, i) => error is not null && MayBeUncovered(each, decisions[i])
            ? BucketReply.Failed(error, version)
            : new BucketReply(decisions[i], version))];
    }

    private async Task<string?> CoverAsync(Asked[] asked, LimiterDecision[] decisions, bool isStored, CancellationToken cancellationToken)
    {
        PendingTake[] takes = [.. decisions.Where(IsTaken).Select(d => new PendingTake(d.Grant))];
        if (!IsCovered(Now) && await CoverAsync(takes, cancellationToken) is { } uncovered)
        {
            return uncovered;
        }

        if (isStored && await StoreAsync() is { } unstored)
        {
            Array.ForEach(takes, take => take.Undo(Bucket!, Now));
            Touch();
            return unstored;
        }

        return null;
    }

    private static bool MayBeUncovered(in Asked asked, in LimiterDecision decision) =>
        asked.Action is InlineAction.Reset or InlineAction.Drain || IsTaken(decision);

    /// <summary>A call, read.</summary>
    /// <param name="Rule">Made of its limit.</param>
    /// <param name="Action">What is done.</param>
    /// <param name="Permits">0 or more.</param>
    private readonly record struct Asked(Rule Rule, InlineAction Action, long Permits);
}
