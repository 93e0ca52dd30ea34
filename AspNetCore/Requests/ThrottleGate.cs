using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Throttle.AspNetCore.Answers;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.AspNetCore.Requests;

/// <summary>Lets requests pass, or answers in their place.</summary>
internal sealed class ThrottleGate
{
    private const int ClientClosedRequest = 499;

    private readonly IThrottle _throttle;
    private readonly ThrottleMiddlewareOptions _options;
    private readonly TimeProvider _time;

    public ThrottleGate(IThrottle throttle, IOptions<ThrottleMiddlewareOptions> options, TimeProvider? time = null) =>
        (_throttle, _options, _time) = (throttle, options.Value, time ?? TimeProvider.System);

    /// <summary>Asks what the endpoint wants asked, which is all rules that match where it says nothing, or is not known yet.</summary>
    public Task PassAsync(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint()?.Metadata.GetMetadata<IThrottleMetadata>() is { } wanted
            ? wanted.Rule is { } rule ? PassAsync(context, rule, next) : next(context)
            : PassAsync(context, null, next);

    /// <summary>Asks one rule, or with null all that match, unless that was done before.</summary>
    public async Task PassAsync(HttpContext context, string? rule, RequestDelegate next)
    {
        var feature = context.Features.Get<IThrottleFeature>() as ThrottleFeature;
        if (feature?.Has(rule) == true)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        if (await AskAsync(context, rule).ConfigureAwait(false) is not { } decision)
        {
            return;
        }

        await using var lease = decision.IsAllowed ? HeldLease.Of(_throttle, decision, _time) : null;
        if (feature is null)
        {
            context.Features.Set<IThrottleFeature>(feature = new());
            context.Response.OnStarting(WriteFields, (this, context));
        }

        feature.Add(rule, decision);
        await (decision.IsAllowed ? next(context) : RefuseAsync(context, decision)).ConfigureAwait(false);
    }

    /// <summary>
    /// Writes the fields when the answer starts, so that they outlive an error page that clears the answer, and stand in place of those
    /// that a cache has kept with an answer to somebody else.
    /// </summary>
    private static Task WriteFields(object state)
    {
        var (gate, context) = ((ThrottleGate, HttpContext))state;

        // A refusal has them already: whoever wrote its answer has seen them, and may have changed them.
        if (context.Features.Get<IThrottleFeature>() is { Decision.IsAllowed: true })
        {
            gate.SetFields(context);
        }

        return Task.CompletedTask;
    }

    private void SetFields(HttpContext context)
    {
        if (_options.WritesFields && context.Features.Get<IThrottleFeature>() is ThrottleFeature feature)
        {
            RateLimitFields.Set(context.Response.Headers, feature.Decisions);
            RateLimitFields.SetLegacy(context.Response.Headers, feature.Decision, _options.LegacyFields, _time);
        }
    }

    /// <summary>Asks; null where the client is gone or its request cannot be asked, which is answered then.</summary>
    private async ValueTask<Decision?> AskAsync(HttpContext context, string? rule)
    {
        try
        {
            var request = new ThrottleRequest(RequestAttributes.Of(context, _options), CostOf(context), _options.MaxWait) { Rule = rule };
            return await _throttle.AcquireAsync(request, context.RequestAborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody reads the answer; the status is for logs and metrics.
            context.Response.StatusCode = ClientClosedRequest;
            return null;
        }
        catch (BadHttpRequestException e)
        {
            await ProblemJson.WriteAsync(context, ApiProblem.TooLong(e)).ConfigureAwait(false);
            return null;
        }
        catch (ArgumentException e) when (e is not UnknownRuleException and not ArgumentNullException)
        {
            // A cost attribute that is no number: what remains, as all else was checked.
            await ProblemAnswer.WriteAsync(context, ApiProblem.Misuse(e)).ConfigureAwait(false);
            return null;
        }
    }

    private long CostOf(HttpContext context)
    {
        var cost = _options.Cost(context);
        return cost is >= 0 and <= Limits.MaxPermits
            ? cost
            : throw new InvalidOperationException($"The cost of {context.Request.Method} {context.Request.Path} is {cost}; use 0 to {Limits.MaxPermits}.");
    }

    private Task RefuseAsync(HttpContext context, Decision decision)
    {
        SetFields(context);
        if (_options.OnRefused is not { } answer)
        {
            return ProblemAnswer.WriteAsync(context, ApiProblem.Refused(decision));
        }

        context.Response.StatusCode = ApiProblem.StatusOf(decision);
        return answer(context, decision);
    }
}
