using System.CommandLine;
using Throttle.AspNetCore.Requests;
using Throttle.Core.Rules;

namespace Throttle.Cli.Replay;

/// <summary>The options of <c>throttle replay</c> that say how a recording is written and what its requests mean.</summary>
internal sealed class FormatArguments
{
    private const string Ignore = "ignore";
    private static readonly string[] Spellings = ["keep", Ignore];

    private readonly Option<string> _format = new("--format", "-f")
    {
        Description = $"How the recording is written: {string.Join(", ", ReplayFormats.Names)}, or a pattern in the syntax of nginx's log_format, "
            + "such as '$remote_addr [$time_local] \"$request\" $status'. auto goes by the first line that can be read.",
        HelpName = "FORMAT",
        DefaultValueFactory = _ => ReplayFormats.Auto,
    };

    private readonly Option<string?> _at = new("--at")
    {
        Description = "For JSON lines of any kind: the field with the time. a.b is the field b of the object a.",
        HelpName = "FIELD",
    };

    private readonly Option<string[]> _attributes = new("--attribute", "-a")
    {
        Description = "For JSON lines of any kind: an attribute and the field it comes from, such as ip=client.address or path=url. Once for each attribute.",
        HelpName = "NAME=FIELD",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _encodedSlash = Choice("--encoded-slash", ["refuse", "keep", "split"], "How the application reads %2F in a path, as for forward auth.");
    private readonly Option<string> _pathCase = Choice("--path-case", Spellings, "Whether rules tell /LOGIN from /login, as for forward auth.");
    private readonly Option<string> _lastSlash = Choice("--last-slash", Spellings, "Whether rules tell /login/ from /login, as for forward auth.");

    /// <summary>Adds them.</summary>
    public void AddTo(Command command)
    {
        _format.CompletionSources.Add(ReplayFormats.Names);
        foreach (var option in (Option[])[_format, _at, _attributes, _encodedSlash, _pathCase, _lastSlash])
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            // Defaults are not there yet, and a faulty choice is an error of its own.
            if (!result.Children.Any(child => child.Errors.Any()) && FaultOf(result.GetValue(_format) ?? ReplayFormats.Auto, result.GetValue(_at), result.GetValue(_attributes) ?? []) is { } fault)
            {
                result.AddError(fault);
            }
        });
    }

    /// <summary>The formats and the one that was chosen; the rest of the options is another's to add.</summary>
    public (ReplayFormats Formats, IReplayFormat? Format) Read(ParseResult result)
    {
        var ignored = IgnoredSpelling.Names
            | (result.GetValue(_pathCase) == Ignore ? IgnoredSpelling.PathCase : IgnoredSpelling.None)
            | (result.GetValue(_lastSlash) == Ignore ? IgnoredSpelling.LastSlash : IgnoredSpelling.None);
        var formats = new ReplayFormats(new RequestForm
        {
            EncodedSlash = Enum.Parse<EncodedSlash>(result.GetValue(_encodedSlash)!, ignoreCase: true),
            Ignored = ignored,
        });
        return (formats, Create(formats, result.GetValue(_format)!, result.GetValue(_at), result.GetValue(_attributes) ?? []));
    }

    private static string? FaultOf(string name, string? at, string[] attributes)
    {
        try
        {
            _ = Create(new ReplayFormats(new RequestForm()), name, at, attributes);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <exception cref="FormatException">There is no such format.</exception>
    private static IReplayFormat? Create(ReplayFormats formats, string name, string? at, string[] attributes)
    {
        if (at is not null || attributes.Length > 0)
        {
            return WithFields(formats, name, at, attributes);
        }

        if (!name.Contains('$', StringComparison.Ordinal))
        {
            return ReplayFormats.Names.Contains(name, StringComparer.Ordinal)
                ? formats.Find(name)
                : throw new FormatException($"--format is '{name}'; use {string.Join(", ", ReplayFormats.Names)}, or a pattern such as '$remote_addr [$time_local] \"$request\" $status'.");
        }

        try
        {
            return PatternFormat.Parse(name, formats.Form);
        }
        catch (FormatException e)
        {
            throw new FormatException($"--format is '{name}': {e.Message}.", e);
        }
    }

    private static JsonFieldsFormat WithFields(ReplayFormats formats, string name, string? at, string[] attributes)
    {
        List<(string Name, LogField Field)> fields = at is null ? [] : [(at, new LogField(PartKind.At, ""))];
        foreach (var text in attributes)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            fields.Add(equals > 0 && equals < text.Length - 1
                ? (text[(equals + 1)..], LogField.For(text[..equals]))
                : throw new FormatException($"--attribute is '{text}'; use NAME=FIELD, such as ip=client.address."));
        }

        return name switch
        {
            ReplayFormats.Cloudflare => new JsonFieldsFormat(name, LogNames.Cloudflare, fields, formats.Form),
            ReplayFormats.NginxJson => new JsonFieldsFormat(name, LogNames.Nginx, fields, formats.Form),
            ReplayFormats.Auto when at is not null => new JsonFieldsFormat("JSON lines with these fields", null, fields, formats.Form),
            ReplayFormats.Auto => throw new FormatException("--attribute goes with --at, or with --format cloudflare or nginx-json; give one of them."),
            _ => throw new FormatException($"--at and --attribute are for JSON lines, and --format is '{name}'; leave it away, or use cloudflare or nginx-json."),
        };
    }

    private static Option<string> Choice(string name, string[] values, string description)
    {
        var option = new Option<string>(name) { Description = description, HelpName = string.Join('|', values), DefaultValueFactory = _ => values[0] };
        option.CompletionSources.Add(values);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !values.Contains(result.Tokens[0].Value, StringComparer.Ordinal))
            {
                result.AddError($"{name} is '{result.Tokens[0].Value}'; use {string.Join(", ", values)}.");
            }
        });
        return option;
    }
}
