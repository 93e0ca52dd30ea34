using Microsoft.AspNetCore.Http;
using Throttle.Api.Http;
using Throttle.AspNetCore.Requests;

namespace Throttle.Api.ForwardAuth;

/// <summary>What whoever configured a proxy wants, as the query of the address says.</summary>
internal sealed class ForwardAuthQuery
{
    private const string Known = "rule, refuse, header, attribute";

    private ForwardAuthQuery()
    {
    }

    /// <summary>The one rule to ask; null for all that match.</summary>
    public string? Rule { get; private set; }

    /// <summary>The status of a refusal.</summary>
    public int RefusedStatus { get; private set; } = StatusCodes.Status429TooManyRequests;

    /// <summary>Headers that become attributes.</summary>
    public List<string> Headers { get; } = [];

    /// <summary>Attributes that are the same for every request.</summary>
    public List<(string Name, string Value)> Attributes { get; } = [];

    /// <summary>Reads it.</summary>
    /// <exception cref="ApiProblemException">Something in it is not known, or out of range.</exception>
    public static ForwardAuthQuery Read(IQueryCollection query)
    {
        var read = new ForwardAuthQuery();
        foreach (var (name, values) in query)
        {
            foreach (var value in values)
            {
                read.Add(name, value ?? "");
            }
        }

        return read.Headers.Count + read.Attributes.Count <= ApiLimits.MaxAttributes
            ? read
            : throw Invalid("header and attribute", $"{read.Headers.Count + read.Attributes.Count} together", $"at most {ApiLimits.MaxAttributes}");
    }

    private static ApiProblemException Invalid(string field, string value, string allowed) => new(ApiProblem.InvalidField(field, value, allowed));

    private void Add(string name, string value)
    {
        switch (name)
        {
            case "rule" when Rule is null && value.Length > 0:
                Rule = value;
                break;
            case "rule":
                throw Invalid(name, value, "the id of one rule");
            case "refuse":
                RefusedStatus = value is "429" or "403" ? value[1] == '2' ? 429 : 403 : throw Invalid(name, value, "429 or 403");
                break;
            case "header" when AttributeNames.IsHeader(value) && !AttributeNames.IsOwn(value):
                Headers.Add(value);
                break;
            case "header":
                throw Invalid(name, value, "the name of a header field that is no other attribute's");
            case "attribute":
                AddAttribute(value);
                break;
            default:
                throw new ApiProblemException(new ApiProblem(400, "unknown-parameter", $"There is no parameter '{ApiProblem.Shorten(name)}'; use {Known}.")
                {
                    Field = ApiProblem.Shorten(name),
                    Allowed = Known,
                });
        }
    }

    private void AddAttribute(string value)
    {
        var colon = value.IndexOf(':', StringComparison.Ordinal);
        if (colon is < 1 or > ApiLimits.MaxNameLength || AttributeNames.IsOwn(value[..colon]))
        {
            throw Invalid("attribute", value, $"a name of 1 to {ApiLimits.MaxNameLength} characters that is no other attribute's, a colon, and the value");
        }

        Attributes.Add((value[..colon], AttributeNames.Cut(value[(colon + 1)..])));
    }
}
