using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;
using Throttle.Api.Hosting;
using Throttle.Api.Http;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Cli.Checking;

/// <summary>Explains what the rules of a file make of a request whose buckets nobody has used.</summary>
internal static class OfflineCheck
{
    /// <summary>Explains.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        Terminal terminal, string file, ThrottleRequest request, bool asJson, CancellationToken cancellationToken)
    {
        var rules = RuleLoading.Load(terminal, file);
        var explanations = rules.Explain(request.Attributes);
        var decision = await DecideAsync(terminal, rules, request, cancellationToken).ConfigureAwait(false);
        if (asJson)
        {
            terminal.Output.WriteLine(ToJson(decision, explanations));
        }
        else
        {
            Show(terminal.OutputConsole, decision, explanations);
        }

        return decision.IsAllowed ? ExitCodes.Success : ExitCodes.No;
    }

    private static async Task<Decision> DecideAsync(
        Terminal terminal, RuleSet rules, ThrottleRequest request, CancellationToken cancellationToken)
    {
        var clock = new VirtualTimeProvider(terminal.Clock.GetUtcNow());
        await using var throttle = new LocalThrottle(new LocalRules(rules.Rules), new LocalThrottleOptions { TimeProvider = clock });
        try
        {
            return await throttle.ReserveAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException e)
        {
            throw new CliException(Errors.WithoutParameter(e));
        }
    }

    private static void Show(IAnsiConsole console, Decision decision, IReadOnlyList<RuleExplanation> explanations)
    {
        if (explanations.Count > 0)
        {
            var table = Tables.Create("Rule", "Matches", "Why", "Key");
            foreach (var explanation in explanations)
            {
                table.AddRow(
                    Tables.Text(explanation.Rule.Id),
                    new Markup(explanation.Matches ? "[green]yes[/]" : "[grey]no[/]"),
                    Tables.Text(explanation.Reason),
                    Tables.Text(explanation.Key switch { null => "-", "" => "(one bucket)", var key => key }));
            }

            console.Write(table);
        }

        console.MarkupLine(Verdict(decision));
    }

    private static string Verdict(Decision decision)
    {
        if (decision.Rules.Count == 0)
        {
            return "[green]Allowed[/]: no rule matches.";
        }

        if (decision.Rule is not { } rule)
        {
            return "[green]Allowed[/]: only shadow rules match.";
        }

        var name = Markup.Escape(rule.Id);
        return decision.IsAllowed
            ? $"[green]Allowed[/] while the buckets are new: rule '{name}' has {decision.Remaining} of {decision.Limit} left then."
            : $"[red]Refused[/] by rule '{name}', even by a new bucket: its limit is {decision.Limit}.";
    }

    private static string ToJson(Decision decision, IReadOnlyList<RuleExplanation> explanations)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            DecisionJson.WriteFields(writer, decision, decision.At);
            writer.WriteStartArray("explanations"u8);
            foreach (var explanation in explanations)
            {
                writer.WriteStartObject();
                writer.WriteString("rule"u8, explanation.Rule.Id);
                writer.WriteBoolean("matches"u8, explanation.Matches);
                writer.WriteString("reason"u8, explanation.Reason);
                writer.WriteString("key"u8, explanation.Key);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
