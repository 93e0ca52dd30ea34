using Microsoft.AspNetCore.Http;
using Throttle.Api.Http;
using Throttle.AspNetCore.Requests;
using Throttle.Core.Rules;

namespace Throttle.Api.ForwardAuth;

/// <summary>What whoever configured a proxy wants, as the query of the address says.</summary>
internal sealed class ForwardAuthQuery
{
    private const string Known = "rule, refuse, encoded-slash, path-case, last-slash, proxy-fields, legacy-fields, header, attribute";

    private ForwardAuthQuery()
    {
    }

    /// <summary>The one rule to ask; null for all that match.</summary>
    public string? Rule { get; private set; }

    /// <summary>The status of a refusal.</summary>
    public int RefusedStatus { get; private set; } = StatusCodes.Status429TooManyRequests;

    /// <summary>How the application behind the proxy reads <c>%2F</c>.</summary>
    public EncodedSlash EncodedSlash { get; private set; }

    /// <summary>The differences in spelling that the application behind the proxy ignores; always <see cref="IgnoredSpelling.Names"/>, and more where the query says so.</summary>
    public IgnoredSpelling Ignored { get; private set; } = IgnoredSpelling.Names;

    /// <summary>The fields by which the proxy tells of the client.</summary>
    public ProxyFields ProxyFields { get; private set; }

    /// <summary>Whether the answer has X-RateLimit-Limit, -Remaining and -Reset too, for the proxy to pass on.</summary>
    public LegacyFields LegacyFields { get; private set; }

    /// <summary>Headers that become attributes, and what those are called.</summary>
    public List<(string Header, string Name)> Headers { get; } = [];

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
            case "encoded-slash":
                EncodedSlash = EncodedSlashOf(name, value);
                break;
            case "path-case":
                Ignore(IgnoredSpelling.PathCase, name, value);
                break;
            case "last-slash":
                Ignore(IgnoredSpelling.LastSlash, name, value);
                break;
            case "proxy-fields":
                ProxyFields = ProxyFieldsOf(name, value);
                break;
            case "legacy-fields":
                LegacyFields = LegacyFieldsOf(name, value);
                break;
            case "header":
                AddHeader(value);
                break;
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

    private static EncodedSlash EncodedSlashOf(string name, string value) => value switch
    {
        "refuse" => EncodedSlash.Refuse,
        "keep" => EncodedSlash.Keep,
        "split" => EncodedSlash.Split,
        _ => throw Invalid(name, value, "refuse, keep or split"),
    };

    private static ProxyFields ProxyFieldsOf(string name, string value) => value switch
    {
        "any" => ProxyFields.Any,
        "x-forwarded" => ProxyFields.XForwarded,
        "forwarded" => ProxyFields.Forwarded,
        _ => throw Invalid(name, value, "any, x-forwarded or forwarded"),
    };

    private static LegacyFields LegacyFieldsOf(string name, string value) => value switch
    {
        "seconds" => LegacyFields.Seconds,
        "unix-time" => LegacyFields.UnixTime,
        _ => throw Invalid(name, value, "seconds or unix-time"),
    };

    private void Ignore(IgnoredSpelling spelling, string name, string value) => Ignored = value switch
    {
        "ignore" => Ignored | spelling,
        "keep" => Ignored & ~spelling,
        _ => throw Invalid(name, value, "ignore or keep"),
    };

    /// <summary>Whether an attribute can have this name: it is no other one's here.</summary>
    private static bool IsFree(string name) => name.Length is >= 1 and <= ApiLimits.MaxNameLength
        && name is not (AttributeNames.Ip or AttributeNames.Method or AttributeNames.Path or AttributeNames.Host or AttributeNames.Proto);

    private void AddHeader(string value)
    {
        var colon = value.IndexOf(':', StringComparison.Ordinal);
        var header = colon < 0 ? value : value[..colon];
        var name = colon < 0 ? header.ToLowerInvariant() : value[(colon + 1)..];
        if (!AttributeNames.IsToken(header) || !IsFree(name))
        {
            throw Invalid("header", value, "the name of a header field, or with a colon also an attribute's; ip, method, path, host and proto are taken");
        }

        Headers.Add((header, name));
    }

    private void AddAttribute(string value)
    {
        var colon = value.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !IsFree(value[..colon]))
        {
            throw Invalid("attribute", value, $"a name of 1 to {ApiLimits.MaxNameLength} characters, a colon, and the value; ip, method, path, host and proto are taken");
        }

        Attributes.Add((value[..colon], value[(colon + 1)..]));
    }
}
