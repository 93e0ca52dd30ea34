using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using Throttle.Api.RuleFiles;
using Throttle.Core.Rules;

namespace Throttle.Api.Http;

/// <summary><c>/v1/rules</c>: shows the rules, replaces them as a whole, or puts and deletes one.</summary>
internal sealed partial class RuleEndpoint(
    IRules rules, ThrottleApiOptions options, ILogger<RuleEndpoint> log, IRuleVersions? versions = null)
{
    /// <summary>The name of the old rule file, where an edit could not keep its comments.</summary>
    private const string KeptHeader = "Rule-File-Kept";

    private const int MaxAttempts = 100;

    /// <summary>How long the other nodes are asked which rules they have; one that is gone must not hold an answer up.</summary>
    private static readonly TimeSpan VersionsTimeout = TimeSpan.FromSeconds(1);

    public async Task ShowAsync(HttpContext context)
    {
        context.Response.Headers.Vary = HeaderNames.Accept;
        if (RuleBody.WantsYaml(context.Request))
        {
            var current = rules.Current;
            SetTag(context, current);
            context.Response.ContentType = "application/yaml; charset=utf-8";
            await context.Response.WriteAsync(RuleFileWriter.Write(current.Rules), context.RequestAborted).ConfigureAwait(false);
            return;
        }

        var nodes = await NodesAsync(context.RequestAborted).ConfigureAwait(false);
        var shown = rules.Current;
        SetTag(context, shown);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, (shown, nodes), WriteShown).ConfigureAwait(false);
    }

    public Task ShowOneAsync(HttpContext context)
    {
        var current = rules.Current;
        var id = IdOf(context);
        var index = current.IndexOf(id);
        if (index < 0)
        {
            throw NoSuchRule(id);
        }

        SetTag(context, current);
        return JsonBody.WriteAsync(context, StatusCodes.Status200OK, current.Rules[index], WriteRule);
    }

    public async Task ReplaceAsync(HttpContext context)
    {
        var expected = ExpectedVersion(context.Request);
        var next = await RuleBody.ReadSetAsync(context).ConfigureAwait(false);
        var current = await WriteAsync(next, expected, context.RequestAborted).ConfigureAwait(false);
        SetEdited(context, current);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, current, WriteSet).ConfigureAwait(false);
    }

    /// <summary>Puts a rule in the place of the one of its id, or behind all others.</summary>
    public async Task PutOneAsync(HttpContext context)
    {
        var expected = ExpectedVersion(context.Request);
        var rule = await RuleBody.ReadRuleAsync(context, IdOf(context)).ConfigureAwait(false);
        var isNew = false;
        var current = await EditAsync(
            expected,
            before =>
            {
                var index = before.IndexOf(rule.Id);
                isNew = index < 0;
                return isNew ? before.Rules.Add(rule) : before.Rules.SetItem(index, rule);
            },
            context.RequestAborted).ConfigureAwait(false);
        SetEdited(context, current);
        await JsonBody.WriteAsync(
            context, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK, rule, WriteRule).ConfigureAwait(false);
    }

    public async Task DeleteOneAsync(HttpContext context)
    {
        var expected = ExpectedVersion(context.Request);
        var id = IdOf(context);
        var current = await EditAsync(
            expected,
            before => before.IndexOf(id) is >= 0 and var index ? before.Rules.RemoveAt(index) : throw NoSuchRule(id),
            context.RequestAborted).ConfigureAwait(false);
        SetEdited(context, current);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, current.Version, WriteVersion).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<NodeRules>?> NodesAsync(CancellationToken cancellationToken)
    {
        if (versions is null)
        {
            return null;
        }

        using var timeout = new CancellationTokenSource(VersionsTimeout, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        return await versions.GetAsync(either.Token).ConfigureAwait(false);
    }

    private async ValueTask<RuleSet> WriteAsync(
        IReadOnlyList<Rule> next, long? expected, CancellationToken cancellationToken)
    {
        try
        {
            return await rules.ReplaceAsync(next, expected, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException) when (options.RuleFileError?.Invoke() is InvalidRulesException fault)
        {
            throw new ApiProblemException(new ApiProblem(
                409,
                "rule-file-faulty",
                "The rule file has a faulty edit, which this one would overwrite; mend the file, or PUT /v1/rules without If-Match. Nothing has changed.")
            {
                Faults = fault.Faults,
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotWritten(log, e.Message);
            throw new ApiProblemException(
                503,
                "rules-not-written",
                "The storage of the rules did not take the edit. The rules in force have not changed; "
                    + "read them before you repeat the edit. The log says why.");
        }
    }

    /// <summary>Edits the set in force; where the caller named no version, again and again until nobody came in between.</summary>
    private async ValueTask<RuleSet> EditAsync(
        long? expected, Func<RuleSet, IReadOnlyList<Rule>> edit, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = rules.Current;
            if (expected is { } version && version != before.Version)
            {
                throw new RuleVersionConflictException(version, before.Version);
            }

            try
            {
                return await WriteAsync(edit(before), before.Version, cancellationToken).ConfigureAwait(false);
            }
            catch (RuleVersionConflictException) when (expected is null && attempt < MaxAttempts)
            {
                // Somebody else was first: the edit is made again, on top of theirs.
            }
        }
    }

    /// <summary>The version that <c>If-Match</c> names, or null when any will do.</summary>
    private long? ExpectedVersion(HttpRequest request)
    {
        if (request.Headers.IfMatch.Count == 0)
        {
            return null;
        }

        if (!EntityTagHeaderValue.TryParseStrictList(request.Headers.IfMatch, out var tags))
        {
            throw new ApiProblemException(ApiProblem.InvalidField(
                "If-Match", $"'{request.Headers.IfMatch}'", "the ETag that GET /v1/rules answers, such as \"3\", with its quotes"));
        }

        if (tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any)))
        {
            return null;
        }

        var current = rules.Current.Version;
        var isCurrent = tags.Any(tag => tag.Compare(TagOf(current), useStrongComparison: true));
        return isCurrent
            ? current
            : throw new ApiProblemException(Conflict($"If-Match is {ApiProblem.Shorten(request.Headers.IfMatch.ToString())}", current));
    }

    internal static ApiProblem Conflict(string what, long current) => new(
        412,
        "version-conflict",
        string.Create(CultureInfo.InvariantCulture, $"{what}, but the rules are at version {current}; read them again and repeat the edit."))
    {
        Field = "If-Match",
        CurrentVersion = current,
    };

    private static string IdOf(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    private static EntityTagHeaderValue TagOf(long version) =>
        new(string.Create(CultureInfo.InvariantCulture, $"\"{version}\""));

    private static void SetTag(HttpContext context, RuleSet set) =>
        context.Response.Headers.ETag = TagOf(set.Version).ToString();

    private void SetEdited(HttpContext context, RuleSet set)
    {
        SetTag(context, set);
        if (options.RuleFileKept?.Invoke() is { } path)
        {
            context.Response.Headers[KeptHeader] = Uri.EscapeDataString(Path.GetFileName(path));
        }
    }

    private static ApiProblemException NoSuchRule(string id) => new(new ApiProblem(
        404, "no-such-rule", $"There is no rule '{ApiProblem.Shorten(id)}'; GET /v1/rules lists them.")
    {
        Field = "id",
        Value = ApiProblem.Shorten(id),
    });

    private static void WriteSet(Utf8JsonWriter writer, RuleSet set) => WriteShown(writer, (set, null));

    private static void WriteShown(Utf8JsonWriter writer, (RuleSet Set, IReadOnlyList<NodeRules>? Nodes) shown)
    {
        var (set, nodes) = shown;
        writer.WriteStartObject();
        writer.WriteNumber("version"u8, set.Version);
        if (nodes is not null)
        {
            WriteNodes(writer, nodes);
        }

        writer.WriteStartArray("rules"u8);
        foreach (var rule in set.Rules)
        {
            WriteRule(writer, rule);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteNodes(Utf8JsonWriter writer, IReadOnlyList<NodeRules> nodes)
    {
        writer.WriteStartArray("nodes"u8);
        foreach (var node in nodes)
        {
            writer.WriteStartObject();
            writer.WriteString("node"u8, node.Node);
            if (node.Version is { } version)
            {
                writer.WriteNumber("version"u8, version);
            }
            else
            {
                writer.WriteNull("version"u8);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteRule(Utf8JsonWriter writer, Rule rule) => RuleFields.ToJson(rule).WriteTo(writer);

    private static void WriteVersion(Utf8JsonWriter writer, long version)
    {
        writer.WriteStartObject();
        writer.WriteNumber("version"u8, version);
        writer.WriteEndObject();
    }

    [LoggerMessage(1, LogLevel.Error, "{Reason}")]
    private static partial void LogNotWritten(ILogger log, string reason);
}
