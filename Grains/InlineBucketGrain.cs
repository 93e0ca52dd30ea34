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
        if (_present!.Limit != asked.Rule.Limit)
        {
            // A bucket that equals a new one could have been collected: it goes on as if it had been.
            _present = Bucket!.IsNew(Now) ? asked.Rule with { OnChange = OnChange.Reset } : asked.Rule;
            Apply(_present);
        }

        var now = Now;
        if (asked.Action == InlineAction.Reset)
        {
            DoNotKeep();
        }

        var before = asked.Action == InlineAction.Drain ? Bucket!.Peek(0, now).Remaining : 0;
        var decision = Bucket!.Ask(asked.Action, asked.Permits, now);
        var taken = asked.Action == InlineAction.Drain && !decision.IsAllowed ? new Grant(before, now) : decision.Grant;
        if (taken.Permits > 0 || asked.Action != InlineAction.Take)
        {
            Keep(now, decision.ResetAfterTicks);
            Touch();
        }

        return new(decision, taken, asked.Action == InlineAction.Reset);
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
    /// <param name="Rule">Made of its limit.</param>
    /// <param name="Action">What is done.</param>
    /// <param name="Permits">0 or more.</param>
    private readonly record struct Asked(Rule Rule, InlineAction Action, long Permits);

    /// <summary>What was done.</summary>
    /// <param name="Decision">The answer.</param>
    /// <param name="Taken">What it took: what was granted, or what a refused drain has emptied.</param>
    /// <param name="IsReset">Whether the bucket was made new before.</param>
    private readonly record struct Done(LimiterDecision Decision, Grant Taken, bool IsReset);
}
