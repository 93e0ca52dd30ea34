using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Throttle.Cli.Replay;

/// <summary>
/// Lines written by a pattern in the syntax of nginx's <c>log_format</c>: <c>$remote_addr [$time_local] "$request" $status</c>. A value
/// ends where the text behind its variable begins. What follows the pattern in a line is passed over.
/// </summary>
internal sealed class PatternFormat : IReplayFormat
{
    /// <summary>What AWS documents for the access logs of Application Load Balancers, up to the instant at which the request came.</summary>
    private const string AlbPattern =
        "$type $time $elb $client $target $request_processing_time $target_processing_time $response_processing_time $elb_status_code "
        + "$target_status_code $received_bytes $sent_bytes \"$request\" \"$user_agent\" $ssl_cipher $ssl_protocol $target_group_arn "
        + "\"$trace_id\" \"$domain_name\" \"$chosen_cert_arn\" $matched_rule_priority $request_creation_time ";

    private const string LastOfOldAlb = "user_agent";

    private readonly byte[] _start;
    private readonly Variable[] _variables;
    private readonly int _required;
    private readonly RequestForm _form;

    private PatternFormat(string name, byte[] start, Variable[] variables, int required, RequestForm form) =>
        (Name, _start, _variables, _required, _form) = (name, start, variables, required, form);

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The access log of an AWS Application Load Balancer; logs of 2016 end with the user agent.</summary>
    public static PatternFormat Alb(RequestForm form)
    {
        var (start, variables) = Split(AlbPattern, LogNames.Alb);
        return new PatternFormat("alb", start, variables, Array.FindIndex(variables, variable => variable.Name == LastOfOldAlb) + 1, form);
    }

    /// <summary>A pattern of one's own.</summary>
    /// <exception cref="FormatException">No line could be read by it; the message says why.</exception>
    public static PatternFormat Parse(string pattern, RequestForm form)
    {
        var (start, variables) = Split(pattern, LogNames.Nginx);
        return Array.Exists(variables, variable => variable.Field?.Kind is PartKind.At or PartKind.RoughAt)
            ? new PatternFormat(pattern, start, variables, variables.Length, form)
            : throw new FormatException("the pattern tells no time; use $time_local, $time_iso8601 or $msec in it");
    }

    /// <inheritdoc/>
    public bool TryReadInstant(ReadOnlySpan<byte> line, out long at, [NotNullWhen(false)] out string? fault)
    {
        var request = new RecordedRequest(_form);
        var isRead = TryRead(line, request, out _, out fault);
        at = request.At ?? 0;
        return isRead;
    }

    /// <inheritdoc/>
    public ReplayEntry Read(ReadOnlySpan<byte> line)
    {
        var request = new RecordedRequest(_form);
        return TryRead(line, request, out var isCutOff, out var fault) ? request.ToEntry(isCutOff) : throw new FormatException(fault);
    }

    private static (byte[] Start, Variable[] Variables) Split(string pattern, Func<string, LogField?> fieldOf)
    {
        var variables = new List<Variable>();
        var dollar = pattern.IndexOf('$', StringComparison.Ordinal);
        var start = Encoding.UTF8.GetBytes(dollar < 0 ? pattern : pattern[..dollar]);
        while (dollar >= 0)
        {
            var (name, end) = NameAt(pattern, dollar + 1);
            var next = pattern.IndexOf('$', end);
            if (next == end)
            {
                throw new FormatException($"nothing stands between ${name} and the variable behind it, so that nobody knows where it ends");
            }

            var after = next < 0 ? pattern[end..] : pattern[end..next];
            variables.Add(new Variable(name, fieldOf(name), Encoding.UTF8.GetBytes(after)));
            dollar = next;
        }

        return (start, [.. variables]);
    }

    private static (string Name, int End) NameAt(string pattern, int start)
    {
        var isBraced = start < pattern.Length && pattern[start] == '{';
        var first = isBraced ? start + 1 : start;
        var end = first;
        while (end < pattern.Length && (char.IsAsciiLetterOrDigit(pattern[end]) || pattern[end] == '_'))
        {
            end++;
        }

        if (end == first || (isBraced && (end == pattern.Length || pattern[end] != '}')))
        {
            throw new FormatException($"at character {start} a $ has no name of a variable behind it, such as $status or ${{status}}");
        }

        return (pattern[first..end], isBraced ? end + 1 : end);
    }

    private bool TryRead(ReadOnlySpan<byte> line, RecordedRequest request, out bool isCutOff, [NotNullWhen(false)] out string? fault)
    {
        isCutOff = false;
        fault = line.StartsWith(_start) ? null : $"the line does not start with '{LineText.Excerpt(_start)}'";
        var rest = fault is null ? line[_start.Length..] : default;
        for (var i = 0; i < _variables.Length && fault is null && !isCutOff; i++)
        {
            var variable = _variables[i];
            if (rest.IsEmpty && i >= _required)
            {
                break;
            }

            var end = variable.EndIn(rest, isLast: i == _variables.Length - 1 || i == _required - 1);
            isCutOff = end < 0 && request.IsTold && variable.Field is null or { Kind: PartKind.Text };
            if (end < 0 && !isCutOff)
            {
                fault = $"no '{LineText.Excerpt(variable.After)}' ends ${variable.Name}";
                return false;
            }

            var value = end < 0 ? rest : rest[..end];
            rest = rest[Math.Min(rest.Length, value.Length + variable.After.Length)..];
            if (variable.Field is { } field && !request.TryAdd(field, LineText.Unescape(value), out fault))
            {
                return false;
            }
        }

        fault ??= request.At is null ? "the line tells no time" : null;
        return fault is null;
    }

    /// <param name="Name">Its name, without the dollar sign.</param>
    /// <param name="Field">What becomes of it; null for nothing.</param>
    /// <param name="After">The text behind it, up to the next one.</param>
    private sealed record Variable(string Name, LogField? Field, byte[] After)
    {
        /// <summary>The index after the value, or -1 where it does not end. Inside quotes a backslash escapes the character after it.</summary>
        public int EndIn(ReadOnlySpan<byte> text, bool isLast)
        {
            // Of the last one only the blank at its end may be missing.
            if (isLast && (After.Length == 0 || (After is [(byte)' '] && text.IndexOf(After) < 0)))
            {
                return text.Length;
            }

            var wanted = isLast && After is [(byte)'"', ..] ? After.AsSpan(0, 1) : After;
            if (After[0] != '"')
            {
                return text.IndexOf(wanted);
            }

            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == '\\')
                {
                    i++;
                }
                else if (text[i..].StartsWith(wanted))
                {
                    return i;
                }
            }

            return -1;
        }
    }
}
