using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Storage;

namespace Throttle.Grains;

/// <content>
/// A bucket whose limit comes with the calls. Its rule is made of the last call's limit, so that everything else is as for any bucket:
/// durability by how fast the limit refills, what a loss costs, and the way to another silo. A restored bucket goes on under the
/// limit it was stored with until a call brings its own.
/// </content>
internal sealed partial class TokenBucketGrain
{
    private Rule? _present;

    public ValueTask<BucketReply> AskAsync(InlineCallWire call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        var asked = Read(call);
        if (Rule is null && asked.Rule is null)
        {
            return AnswerUnnamedAsync(asked, cancellationToken);
        }

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
        if (Rule is null && asked[0].Rule is null)
        {
            return AnswerEachUnnamedAsync(asked, cancellationToken);
        }

        Begin(asked[0].Rule);
        return AnswerEachWhenReadyAsync(asked, cancellationToken);
    }

    protected override Rule? FindRule() => BucketGrainKey.IsInline(GrainKey) ? _present : base.FindRule();

    private Asked Read(InlineCallWire call)
    {
        if (!BucketGrainKey.IsInline(GrainKey))
        {
            throw new ArgumentException($"The bucket '{GrainKey}' is that of a rule; a limit that comes with the call has a bucket of its own.", nameof(call));
        }

        CheckPermits(call.Permits, least: 0);
        var action = call.ToAction();
        if (call.Limit is null && action is not (InlineAction.Look or InlineAction.Forget))
        {
            throw new ArgumentException($"{action} names no limit; only {InlineAction.Look} and {InlineAction.Forget} need none.", nameof(call));
        }

        return new(call.Limit is null ? null : RuleOf(call.Limit.ToSpec(), call.ToOnChange()), action, call.Permits);
    }

    private Rule RuleOf(LimiterSpec limit, OnChange onChange)
    {
        if (_present is { } present && present.Limit == limit)
        {
            return present;
        }

        var space = BucketGrainKey.Parse(GrainKey).RuleId;
        return new() { Id = InlineCall.CountedAs(space[1..]), Limit = Context.InlineLimits.Of(limit), OnChange = onChange };
    }

    /// <summary>Has the bucket made by a limit, where none was named yet.</summary>
    private void Begin(Rule? rule)
    {
        if (Rule is null)
        {
            _present ??= rule!;
            Apply(_present);
        }
    }

    private ValueTask<BucketReply[]> AnswerEachWhenReadyAsync(Asked[] asked, CancellationToken cancellationToken) => WhenReadyAsync(
        0,
        () => new ValueTask<BucketReply[]>(AnswerEachAsync(asked, cancellationToken)),
        reply => [.. Enumerable.Repeat(reply, asked.Length)],
        cancellationToken);

    private async ValueTask<BucketReply> AnswerUnnamedAsync(Asked asked, CancellationToken cancellationToken) =>
        (await AnswerEachUnnamedAsync([asked], cancellationToken))[0];

    /// <summary>Calls of which the first names no limit, before any did here: the bucket goes on under the limit it was kept with, if it was kept.</summary>
    private async ValueTask<BucketReply[]> AnswerEachUnnamedAsync(Asked[] asked, CancellationToken cancellationToken)
    {
        var (kept, error) = await FindKeptLimitAsync(cancellationToken);
        if (error is not null)
        {
            return [.. Enumerable.Repeat(BucketReply.Failed(error, RulesVersion), asked.Length)];
        }

        if (Rule is not null || kept is not null)
        {
            Begin(kept is null ? null : RuleOf(kept, OnChange.Keep));
            return await AnswerEachWhenReadyAsync(asked, cancellationToken);
        }

        var named = Array.FindIndex(asked, each => each.Rule is not null);
        BucketReply[] unnamed = [.. Enumerable.Repeat(new BucketReply(InlineCall.NoBucket, RulesVersion), named < 0 ? asked.Length : named)];
        if (named < 0)
        {
            return unnamed;
        }

        Begin(asked[named].Rule);
        return [.. unnamed, .. await AnswerEachWhenReadyAsync(asked[named..], cancellationToken)];
    }

    // Not async: most calls end here at once, and should cost no more than they must.
    private ValueTask<BucketReply> Answer(in Asked asked, CancellationToken cancellationToken)
    {
        var done = Do(asked);
        return MustBeStored(done) ? StoreAndAnswerAsync(done, cancellationToken) : new(new BucketReply(done.Decision, RulesVersion));
    }

    private async ValueTask<BucketReply> StoreAndAnswerAsync(Done done, CancellationToken cancellationToken) =>
        (await StoreAndAnswerAsync([done], cancellationToken))[0];

    private Task<BucketReply[]> AnswerEachAsync(Asked[] asked, CancellationToken cancellationToken) =>
        StoreAndAnswerAsync(Array.ConvertAll(asked, each => Do(each)), cancellationToken);

    /// <summary>Brings the bucket under the call's limit, and does what is asked, in one turn.</summary>
    private Done Do(in Asked asked)
    {
        if (asked.Rule is not null && _present!.Limit != asked.Rule.Limit)
        {
            // A bucket that equals a new one could have been collected: it goes on as if it had been.
            _present = Bucket!.IsNew(Now) ? asked.Rule with { OnChange = OnChange.Reset } : asked.Rule;
            Apply(_present);
        }

        var now = Now;
        var isReset = asked.Action is InlineAction.Reset or InlineAction.Forget;
        if (isReset)
        {
            DoNotKeep();
        }

        var before = asked.Action == InlineAction.Drain ? Bucket!.Peek(0, now).Remaining : 0;
        var decision = Bucket!.Ask(asked.Action, asked.Permits, now);
        var taken = asked.Action == InlineAction.Drain && !decision.IsAllowed ? new Grant(before, now) : decision.Grant;
        if (asked.Action == InlineAction.Forget)
        {
            Touch();
        }
        else if (taken.Permits > 0 || asked.Action is not (InlineAction.Take or InlineAction.Look))
        {
            Keep(now, decision.ResetAfterTicks);
            Touch();
        }

        return new(decision, taken, isReset);
    }

    /// <summary>Whether the answer has to wait for storage: for what was taken, and for a reset, which nobody would ask for twice.</summary>
    private bool MustBeStored(in Done done) => done.IsReset || (done.Taken.Permits > 0 && !IsCovered(Now));

    private async Task<BucketReply[]> StoreAndAnswerAsync(Done[] done, CancellationToken cancellationToken)
    {
        var version = RulesVersion;
        PendingTake[] takes = [.. done.Where(d => d.Taken.Permits > 0).Select(d => new PendingTake(d.Taken))];
        var error = takes.Length == 0 || IsCovered(Now) ? null : await CoverAsync(takes, cancellationToken);
        if (error is null && Array.Exists(done, d => d.IsReset) && (error = await StoreAsync()) is not null)
        {
            Array.ForEach(takes, take => take.Undo(Bucket!, Now));
            Touch();
        }

        return Array.ConvertAll(
            done, d => error is not null && (d.IsReset || d.Taken.Permits > 0) ? BucketReply.Failed(error, version) : new(d.Decision, version));
    }

    /// <summary>A call, read.</summary>
    /// <param name="Rule">Made of its limit; null where it has none.</param>
    /// <param name="Action">What is done.</param>
    /// <param name="Permits">0 or more.</param>
    private readonly record struct Asked(Rule? Rule, InlineAction Action, long Permits);

    /// <summary>What was done.</summary>
    /// <param name="Decision">The answer.</param>
    /// <param name="Taken">What it took: what was granted, or what a refused drain has emptied.</param>
    /// <param name="IsReset">Whether the bucket was made new before.</param>
    private readonly record struct Done(LimiterDecision Decision, Grant Taken, bool IsReset);
}
