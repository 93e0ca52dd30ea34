using Throttle.Core.Rules;

namespace Throttle.Api.Http;

/// <summary>What a problem+json document says (RFC 9457).</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">What kind of problem it is, for programs: <c>too-many-attributes</c>.</param>
/// <param name="Detail">What is wrong, with the value and the allowed range, for people.</param>
internal sealed record ApiProblem(int Status, string Code, string Detail)
{
    private const int MaxShownValue = 100;

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
