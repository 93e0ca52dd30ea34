using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace Throttle.AspNetCore.Requests;

/// <summary>What one proxy wrote into <c>Forwarded</c> (RFC 7239), without quotes and escapes.</summary>
/// <param name="For">The node that called the proxy; null where it does not say.</param>
/// <param name="Host">The host that the proxy was asked for; null where it does not say.</param>
/// <param name="Proto">The scheme that the proxy was called by; null where it does not say.</param>
internal sealed record ForwardedElement(string? For, string? Host, string? Proto)
{
    /// <summary>Reads one element: pairs of a name and a value, apart at semicolons, each name once.</summary>
    /// <remarks>
    /// More lenient than the RFC in two ways that leave no doubt where a value ends: there may be blanks around semicolons, and colons and
    /// brackets need no quotes.
    /// </remarks>
    /// <returns>False where the element is malformed; then nothing of it counts.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out ForwardedElement? element)
    {
        element = new(null, null, null);
        var rest = text.Trim();
        while (!rest.IsEmpty)
        {
            if (rest[0] != ';' && !TryPair(ref rest, ref element))
            {
                element = null;
                return false;
            }

            rest = rest.TrimStart();
            if (!rest.IsEmpty && rest[0] != ';')
            {
                element = null;
                return false;
            }

            rest = rest.IsEmpty ? rest : rest[1..].TrimStart();
        }

        return true;
    }

    /// <summary>
    /// The address of the node that called the proxy. An unknown node and a hidden one (<c>_x</c>) have none, and neither has an IPv6 address
    /// without brackets: nobody can tell its end from a port.
    /// </summary>
    public bool TryAddress([NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        return For is not null && (For.StartsWith('[') || For.Count(c => c == ':') <= 1) && NormalForm.TryEndPoint(For, out address);
    }

    /// <summary>
    /// The comma before the last element, or -1. It is looked for from the end, because only the end was written by somebody who is trusted: a
    /// quote that a client left open at the beginning hides nothing.
    /// </summary>
    public static int LastComma(ReadOnlySpan<char> list)
    {
        for (var i = list.Length - 1; i >= 0; i--)
        {
            if (list[i] == ',')
            {
                return i;
            }

            if (list[i] == '"')
            {
                i = OpeningQuote(list[..i]);
            }
        }

        return -1;
    }

    /// <summary>The last quote of a text that is not escaped, or -1.</summary>
    private static int OpeningQuote(ReadOnlySpan<char> text)
    {
        for (var i = text.LastIndexOf('"'); i >= 0; i = text[..i].LastIndexOf('"'))
        {
            var escapes = i - 1 - text[..i].LastIndexOfAnyExcept('\\');
            if (int.IsEvenInteger(escapes))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool TryPair(ref ReadOnlySpan<char> rest, ref ForwardedElement element)
    {
        var equals = rest.IndexOf('=');
        var name = equals < 0 ? "" : rest[..equals].ToString().ToLowerInvariant();
        if (!AttributeNames.IsToken(name))
        {
            return false;
        }

        rest = rest[(equals + 1)..];
        if ((rest.StartsWith("\"") ? Quoted(ref rest) : Unquoted(ref rest)) is not { } value)
        {
            return false;
        }

        switch (name)
        {
            case "for" when element.For is null:
                element = element with { For = value };
                return true;
            case "host" when element.Host is null:
                element = element with { Host = value };
                return true;
            case "proto" when element.Proto is null:
                element = element with { Proto = value };
                return true;
            default:
                // Of two values of a name nobody could say which one counts.
                return name is not ("for" or "host" or "proto");
        }
    }

    private static string? Unquoted(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny(" \t;");
        var value = (end < 0 ? rest : rest[..end]).ToString();
        rest = end < 0 ? default : rest[end..];
        return value.Length > 0 && value.All(c => c is ':' or '[' or ']' || AttributeNames.IsTokenCharacter(c)) ? value : null;
    }

    private static string? Quoted(ref ReadOnlySpan<char> rest)
    {
        var value = new StringBuilder();
        for (var i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                rest = rest[(i + 1)..];
                return value.ToString();
            }

            if (rest[i] == '\\')
            {
                i++;
            }

            if (i < rest.Length)
            {
                value.Append(rest[i]);
            }
        }

        return null;
    }
}
