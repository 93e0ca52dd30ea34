using System.Globalization;
using Microsoft.AspNetCore.Http;
using Throttle.Core;
using Throttle.Core.Failures;
using Throttle.Core.Rules;

namespace Throttle.AspNetCore.Answers;

/// <summary>What a problem+json document says (RFC 9457).</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">What kind of problem it is, for programs: <c>too-many-attributes</c>.</param>
/// <param name="Detail">What is wrong, with the value and the allowed range, for people.</param>
internal sealed record ApiProblem(int Status, string Code, string Detail)
{
    private const int MaxShownValue = 100;

    /// <summary>What kind of problem it is, as RFC 9457 names kinds; null for one that is told by its status and code.</summary>
    public string? Type { get; init; }

    /// <summary>The kind in words; null for what the status is called.</summary>
    public string? Title { get; init; }

    /// <summary>The rules that refused, or null.</summary>
    public IReadOnlyList<string>? ViolatedPolicies { get; init; }

    /// <summary>Ticks until a retry would pass, or null.</summary>
    public long? RetryAfterTicks { get; init; }

    /// <summary>The id under which the log says what failed here, or null.</summary>
    public string? FailureId { get; init; }

    /// <summary>The field at fault, or null.</summary>
    public string? Field { get; init; }

    /// <summary>The value it had, cut to 100 characters, or null.</summary>
    public string? Value { get; init; }

    /// <summary>What it may be, or null.</summary>
    public string? Allowed { get; init; }

    /// <summary>Everything that is wrong with a set of rules, or null.</summary>
    public IReadOnlyList<RuleFault>? Faults { get; init; }

    /// <summary>The version of the rules in force, where an edit named another.</summary>
    public long? CurrentVersion { get; init; }

    /// <summary>A field whose value is out of range.</summary>
    public static ApiProblem InvalidField(string field, string value, string allowed, string code = "invalid-field")
    {
        var shown = Shorten(value);
        return new ApiProblem(400, code, $"{field} is {shown}; use {allowed}.")
        {
            Field = field,
            Value = shown,
            Allowed = allowed,
        };
    }

    /// <summary>
    /// A refusal: 429 as the IETF draft (draft-ietf-httpapi-ratelimit-headers-10) has it, or 503 where a rule could not be asked
    /// and its on-error is deny. It says nothing of what went wrong inside.
    /// </summary>
    public static ApiProblem Refused(Decision decision)
    {
        if (decision.Error is not null)
        {
            return Unavailable(decision.Error) with { Detail = "A limit could not be checked; try again later." };
        }

        if (decision.Rule is null)
        {
            return Quota(decision, "no-rule-matches", "No rule matches the request, and such requests are refused here.");
        }

        var rule = decision.Rule.Id;
        return decision.NeverFits
            ? Quota(decision, "never-fits", $"The request costs more than rule '{rule}' ever allows at once; its limit is {decision.Limit}.")
            : Quota(decision, "quota-exceeded", string.Create(
                CultureInfo.InvariantCulture,
                $"Rule '{rule}' has no room for the request now; try again in {RateLimitFields.Seconds(decision.RetryAfter.Ticks)} s."));
    }

    /// <summary>503 where something failed here. It has the failure's reason and id, and a time after which to try again.</summary>
    public static ApiProblem Unavailable(Failure failure) =>
        new(StatusCodes.Status503ServiceUnavailable, "unavailable", $"{failure} Try again later.")
        {
            FailureId = failure.Id,
            RetryAfterTicks = Failure.RetryAfter.Ticks,
        };

    /// <summary>200; 429 for a refusal; 503 when the rule could not be asked and its <c>on-error</c> is deny.</summary>
    public static int StatusOf(Decision decision) =>
        decision.IsAllowed ? StatusCodes.Status200OK
        : decision.Error is not null ? StatusCodes.Status503ServiceUnavailable
        : StatusCodes.Status429TooManyRequests;

    /// <summary>A request that <see cref="IThrottle"/> could not be asked: the message, without what the runtime adds to it.</summary>
    /// <param name="e">What it threw.</param>
    /// <param name="at">What the message begins with.</param>
    public static ApiProblem Misuse(ArgumentException e, string at = "")
    {
        var tail = e.Message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return new(StatusCodes.Status400BadRequest, "invalid-request", at + (tail < 0 ? e.Message : e.Message[..tail]));
    }

    /// <summary>A value that is too long to be matched.</summary>
    public static ApiProblem TooLong(BadHttpRequestException e) => new(e.StatusCode, "attribute-too-long", e.Message);

    private static ApiProblem Quota(Decision decision, string code, string detail) => new(StatusOf(decision), code, detail)
    {
        Type = "https://iana.org/assignments/http-problem-types#quota-exceeded",
        Title = "Request cannot be satisfied as assigned quota has been exceeded",
        ViolatedPolicies = [.. decision.Rules.Where(r => r.Rule.Mode == RuleMode.Enforce && !r.IsAllowed).Select(r => r.Rule.Id)],
        RetryAfterTicks = decision.NeverFits ? null : decision.RetryAfter.Ticks,
    };

    /// <summary>The value as an error shows it: 100 characters at most, no half character at the end.</summary>
    public static string Shorten(string value)
    {
        if (value.Length <= MaxShownValue)
        {
            return value;
        }

        var length = char.IsHighSurrogate(value[MaxShownValue - 1]) ? MaxShownValue - 1 : MaxShownValue;
        return string.Concat(value.AsSpan(0, length), "…");
    }
}
