using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Core.Engine;

/// <content>Calls that begin and have run, and factors.</content>
public sealed partial class ThrottleEngine
{
    /// <inheritdoc/>
    public ValueTask<BeginDecision> BeginAsync(Decision decision, CancellationToken cancellationToken = default) =>
        BeginAsync(Spaced(decision), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BeginDecision> BeginAsync(
        ThrottleRequest request, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        BeginAsync(Spaced(request, at), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> RanAsync(Decision decision, TimeSpan ago, CancellationToken cancellationToken = default) =>
        RanAsync(Spaced(decision), ago, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> RanAsync(
        ThrottleRequest request, DateTimeOffset at, TimeSpan ago, CancellationToken cancellationToken = default) =>
        RanAsync(Spaced(request, at), ago, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Factor?> SetFactorAsync(
        string ruleId, string key, Factor factor, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (CallFor(ruleId, key) is not { } call)
        {
            return null;
        }

        if (call.Rule.Limit is not LeakyBucketSpec { Adaptive: { } adaptive })
        {
            throw new FactorNotSettableException($"Rule '{ruleId}' has no factor; only a leaky-bucket with 'adaptive' has one.");
        }

        return !adaptive.IsSettable
            ? throw new FactorNotSettableException($"Rule '{ruleId}' does not let its factor be set; give its 'adaptive' the field 'settable: true'.")
            : await _buckets.FactorAsync(call, factor, cancellationToken).ConfigureAwait(false)
                ?? throw new FailureException(Failure.Of(FailureReason.NoAnswer));
    }

    /// <summary>What a decision took under rules that space calls.</summary>
    private List<SpacedCall> Spaced(Decision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        if (!decision.IsAllowed)
        {
            throw new ArgumentException("The decision is a refusal: it granted nothing that could begin.", nameof(decision));
        }

        var spaced = new List<SpacedCall>();
        foreach (var said in decision.Rules)
        {
            // Under another key attribute the same text names another bucket.
            if (said.Limiter.Grant.Permits > 0
                && CallFor(said.Rule.Id, said.Key) is { } call
                && IsSpaced(call.Rule)
                && call.Rule.Key == said.Rule.Key)
            {
                var grant = said.Limiter.Grant;
                spaced.Add(new(call, grant, Math.Max(0, decision.At.UtcTicks - grant.ValidAt)));
            }
        }

        return spaced;
    }

    private List<SpacedCall> Spaced(in ThrottleRequest request, DateTimeOffset at)
    {
        Check(request);
        var grant = new Grant(1, at.UtcTicks);
        return [.. Match(request).Where(call => IsSpaced(call.Rule)).Select(call => new SpacedCall(call, grant, 0))];
    }

    private static bool IsSpaced(Rule rule) => rule is { Mode: RuleMode.Enforce, Limit: SpacingSpec };

    /// <summary>
    /// Begins under each rule in turn. One that lets it go before another makes it wait is asked again with it, which is safe
    /// until the call is made.
    /// </summary>
    private async ValueTask<BeginDecision> BeginAsync(List<SpacedCall> spaced, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var all = BeginDecision.Free;
        foreach (var (call, grant, lagTicks) in spaced)
        {
            var begin = await _buckets.BeginAsync(call, grant, lagTicks, cancellationToken).ConfigureAwait(false);
            all = all.And(begin.Error is { } error
                ? BeginDecision.Failed(error, call.Rule.OnError == OnError.Allow)
                : BeginDecision.Of(begin.Answer));
            if (all.Outcome != PermitOutcome.Begun)
            {
                return all;
            }
        }

        return all;
    }

    private async ValueTask<bool> RanAsync(
        List<SpacedCall> spaced, TimeSpan ago, CancellationToken cancellationToken)
    {
        if (ago < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(ago), ago, $"ago is {ago}; use zero or more.");
        }

        var isOfUse = false;
        foreach (var (call, grant, _) in spaced)
        {
            isOfUse |= await _buckets.RanAsync(call, grant, ago.Ticks, cancellationToken).ConfigureAwait(false);
        }

        return isOfUse;
    }

    /// <summary>A grant of a rule that spaces calls.</summary>
    /// <param name="Call">Its bucket.</param>
    /// <param name="Grant">The grant.</param>
    /// <param name="LagTicks">How much later the call is to be made than this rule granted.</param>
    private readonly record struct SpacedCall(BucketCall Call, Grant Grant, long LagTicks);
}
