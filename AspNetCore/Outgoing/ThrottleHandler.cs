using System.Net;
using System.Net.Http.Headers;
using Throttle.AspNetCore.Answers;
using Throttle.Core;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.AspNetCore.Outgoing;

/// <summary>
/// Waits its turn before it calls an API that limits its callers. When the API refuses nevertheless, with 429 or 503, or a gRPC server
/// with RESOURCE_EXHAUSTED or UNAVAILABLE, and says for how long, it empties the buckets and holds further calls back until then, so that they do not waste what is left. The API may
/// say so by <c>Retry-After</c>, <c>RateLimit</c>, <c>RateLimit-Reset</c> or <c>X-RateLimit-Reset</c> (seconds, or an instant since 1970); a
/// gRPC server also by <c>google.rpc.RetryInfo</c> or <c>grpc-retry-pushback-ms</c>.
/// </summary>
/// <remarks>
/// <para>A call that cannot be made within <see cref="ThrottleHandlerOptions.MaxWait"/> is answered here and at once: 429 with
/// <c>Retry-After</c>, the reason phrase <c>Throttled before sending</c> and problem+json, or 503 where a rule could not be asked and its
/// on-error is deny. A gRPC call is answered by the status RESOURCE_EXHAUSTED, or UNAVAILABLE. The API's own answers, refusals too, go to the caller as they are; nothing is repeated here.</para>
/// <para>Cancelling ends the wait and gives the permits back. Under a <c>spacing</c> rule calls are an interval apart by when they are
/// sent; a place of a <c>concurrency</c> rule is held until the answer's headers are there. Holds are this process's, buckets the
/// throttle's: in a cluster the emptied bucket is everybody's.</para>
/// </remarks>
public sealed class ThrottleHandler : DelegatingHandler
{
    /// <summary>How often a bucket is asked while others take from it meanwhile.</summary>
    private const int MaxDrains = 5;

    private readonly IThrottle _throttle;
    private readonly ThrottleHandlerOptions _options;
    private readonly Holds _holds;
    private readonly MonotonicClock _clock;

    /// <summary>A handler with holds of its own.</summary>
    /// <param name="throttle">The throttle.</param>
    /// <param name="options">What is asked, and how long calls may wait; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public ThrottleHandler(IThrottle throttle, ThrottleHandlerOptions? options = null)
        : this(throttle, options ?? new(), new())
    {
    }

    internal ThrottleHandler(IThrottle throttle, ThrottleHandlerOptions options, Holds holds)
    {
        ArgumentNullException.ThrowIfNull(throttle);
        (_throttle, _options, _holds) = (throttle, options.Checked(), holds);
        _clock = new(_options.TimeProvider);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always: waiting would hold the caller's thread.</exception>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A throttled call may have to wait, which holds no thread; use SendAsync.");

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (api, asked) = (_options.Api(request), _options.Ask(request));
        var deadline = Ticks.Add(_clock.Now, _options.MaxWait.Ticks);
        while (true)
        {
            if (await WaitForHoldAsync(api, deadline, cancellationToken).ConfigureAwait(false) is > 0 and var left)
            {
                return Refuse(request, new ApiProblem(
                    (int)HttpStatusCode.TooManyRequests, "held-back", "The API has refused earlier calls, and wants to be left alone for longer than this call may wait.")
                {
                    RetryAfterTicks = left,
                });
            }

            if (await CallAsync(request, api, asked, deadline, cancellationToken).ConfigureAwait(false) is { } answer)
            {
                return answer;
            }
        }
    }

    /// <summary>Waits for the call's turn, and makes it.</summary>
    /// <returns>What to answer; null where it must begin anew.</returns>
    private async Task<HttpResponseMessage?> CallAsync(
        HttpRequestMessage request, string api, ThrottleRequest asked, long deadline, CancellationToken cancellationToken)
    {
        var wait = Ticks.ToTimeSpan(Math.Max(0, deadline - _clock.Now));
        await using var permit = await _throttle.PermitAsync(asked with { MaxWait = wait }, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        if (!permit.Decision.IsAllowed)
        {
            return Refuse(request, ApiProblem.Refused(permit.Decision));
        }

        // While it waited another call may have been refused: its permits go back when the permit is disposed.
        if (_holds.LeftOf(api, _clock.Now) > 0)
        {
            return null;
        }

        await using var lease = HeldLease.Of(_throttle, permit.Decision, _options.TimeProvider);
        switch (await permit.BeginAsync(cancellationToken).ConfigureAwait(false))
        {
            case PermitOutcome.Begun:
                var answer = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
                await HeedAsync(answer, api, asked).ConfigureAwait(false);
                return answer;
            case PermitOutcome.Expired:
                return null;
            default:
                return Refuse(request, ApiProblem.Unavailable(Failure.Of(FailureReason.Internal)));
        }
    }

    /// <summary>Waits until the API may be called again.</summary>
    /// <returns>Zero; or how long it is still to be left alone, where that is longer than the caller waits.</returns>
    private async ValueTask<long> WaitForHoldAsync(string api, long deadline, CancellationToken cancellationToken)
    {
        // Looked at again after each wait: a hold may have been extended meanwhile.
        while (_clock.Now is var now && _holds.LeftOf(api, now) is > 0 and var left)
        {
            if (Ticks.Add(now, left) > deadline)
            {
                return left;
            }

            await Turn.ComesAsync(_options.TimeProvider, _clock, Ticks.Add(now, left), cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>Does what a refusal asks for.</summary>
    private async ValueTask HeedAsync(HttpResponseMessage answer, string api, ThrottleRequest asked)
    {
        if (_options.RetryAfter(answer) is { } own)
        {
            await HoldAsync(api, asked, own).ConfigureAwait(false);
        }
        else if (IsRefusal(answer))
        {
            if (RefusalWait.Of(answer, _options.TimeProvider) is { } wait)
            {
                await HoldAsync(api, asked, wait).ConfigureAwait(false);
            }
            else if (answer.StatusCode == HttpStatusCode.TooManyRequests)
            {
                // It does not say that the quota is used up: the buckets keep what they have. A gRPC status that says nothing more holds nobody
                // back: RESOURCE_EXHAUSTED is also the answer to a message that is too long.
                Hold(api, _options.DefaultHold);
            }
        }
    }

    private static bool IsRefusal(HttpResponseMessage answer) =>
        answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
        || RefusalWait.GrpcStatusOf(answer) is GrpcAnswer.ResourceExhausted or GrpcAnswer.Unavailable;

    private async ValueTask HoldAsync(string api, ThrottleRequest asked, TimeSpan wait)
    {
        if (Hold(api, wait))
        {
            await DrainAsync(asked).ConfigureAwait(false);
        }
    }

    /// <summary>Holds further calls back, where there is something to hold them for.</summary>
    private bool Hold(string api, TimeSpan wait)
    {
        var ticks = Math.Min(wait.Ticks, _options.MaxHold.Ticks);
        if (ticks > 0)
        {
            var now = _clock.Now;
            _holds.Hold(api, now, Ticks.Add(now, ticks));
        }

        return ticks > 0;
    }

    /// <summary>
    /// Takes what is left in the buckets, which the API says is not there. Where that fails, or the rules have changed, what is left is left:
    /// the caller is to have the API's answer.
    /// </summary>
    private async ValueTask DrainAsync(ThrottleRequest asked)
    {
        try
        {
            var left = await _throttle.PeekAsync(asked with { Cost = 0, MaxWait = TimeSpan.Zero }, CancellationToken.None).ConfigureAwait(false);
            foreach (var rule in left.Rules)
            {
                // Places that are held come back by themselves, and nothing else can be given up by name.
                if (rule is { Error: null, Limiter.Remaining: > 0 and var remaining } && rule.Rule is { Mode: RuleMode.Enforce, Limit: not ConcurrencySpec })
                {
                    await TakeAsync(asked, rule, remaining).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // This process holds its calls back all the same.
        }
    }

    private async ValueTask TakeAsync(ThrottleRequest asked, RuleDecision rule, long remaining)
    {
        // In units of what the rule charges for one; what is left over is less than a call costs.
        var price = rule.Rule.CostOf(asked.Attributes, 1);
        for (var i = 0; i < MaxDrains && price > 0 && remaining / price is > 0 and var units; i++)
        {
            var taken = await _throttle.ReserveAsync(
                new ThrottleRequest(asked.Attributes, Math.Min(units, Limits.MaxPermits)) { Rule = rule.Rule.Id, Key = rule.Key },
                CancellationToken.None).ConfigureAwait(false);
            if (taken.IsAllowed || taken.Error is not null)
            {
                return;
            }

            // Somebody else took some of it meanwhile: the rest, then.
            remaining = taken.Remaining;
        }
    }

    private static HttpResponseMessage Refuse(HttpRequestMessage request, ApiProblem problem)
    {
        if (GrpcAnswer.IsCall(request.Content?.Headers.ContentType?.MediaType))
        {
            return GrpcAnswer.Of(request, problem);
        }

        var answer = new HttpResponseMessage((HttpStatusCode)problem.Status)
        {
            RequestMessage = request,
            ReasonPhrase = "Throttled before sending",
            Content = new ByteArrayContent(ProblemJson.ToBytes(problem)) { Headers = { ContentType = new(ProblemJson.ContentType) } },
        };
        if (problem.RetryAfterTicks is { } ticks)
        {
            answer.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(RateLimitFields.Seconds(ticks)));
        }

        return answer;
    }
}
