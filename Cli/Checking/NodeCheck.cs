using System.Text.Json;
using Spectre.Console;
using Throttle.Cli.Nodes;
using Throttle.Core;

namespace Throttle.Cli.Checking;

/// <summary>Asks a node and shows its decision.</summary>
internal static class NodeCheck
{
    /// <summary>Asks and shows.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        Terminal terminal, string? server, ThrottleRequest request, bool asJson, CancellationToken cancellationToken)
    {
        using var node = new NodeClient(server);
        var body = await node.AcquireAsync(request.Attributes, request.Cost, cancellationToken).ConfigureAwait(false);
        using var answer = JsonDocument.Parse(body);
        if (asJson)
        {
            terminal.Output.WriteLine(body);
        }
        else
        {
            Show(terminal.OutputConsole, answer.RootElement);
        }

        return answer.RootElement.GetProperty("allowed").GetBoolean() ? ExitCodes.Success : ExitCodes.No;
    }

    private static void Show(IAnsiConsole console, JsonElement answer)
    {
        console.MarkupLine(Verdict(answer));
        var rules = answer.GetProperty("rules");
        if (rules.GetArrayLength() == 0)
        {
            return;
        }

        var table = Tables.Create("Rule", "Key", ">Answer", ">Left", ">Retry\nafter", ">As new\nafter");
        table.Columns[0].NoWrap = rules.EnumerateArray().All(rule => Name(rule).Length <= RuleTable.LongestUnbrokenId);
        foreach (var rule in rules.EnumerateArray())
        {
            table.AddRow(
                Tables.Text(Name(rule)),
                Tables.Text(Text(rule, "key")),
                rule.GetProperty("allowed").GetBoolean() ? new Markup("[green]allowed[/]") : new Markup("[red]refused[/]"),
                Tables.Text($"{Text(rule, "remaining")} of {Text(rule, "limit")}"),
                Tables.Text(Seconds(rule, "retryAfter")),
                Tables.Text(Seconds(rule, "resetAfter")));
        }

        console.Write(table);
    }

    private static string Verdict(JsonElement answer)
    {
        if (answer.GetProperty("allowed").GetBoolean())
        {
            return answer.GetProperty("rules").GetArrayLength() == 0
                ? "[green]Allowed[/]: no rule matches."
                : $"[green]Allowed[/]{Wait(answer)}.";
        }

        var rule = Markup.Escape(Tables.Printable(Text(answer, "rule")));
        var error = answer.TryGetProperty("error", out var reason) ? Markup.Escape(Tables.Printable(reason.ToString())) : null;
        return error is not null ? $"[red]Refused[/]: rule '{rule}' could not be asked: {error}"
            : answer.GetProperty("neverFits").GetBoolean()
                ? $"[red]Refused[/] by rule '{rule}': the cost is above its limit of {Text(answer, "limit")}, so no wait helps."
            : $"[red]Refused[/] by rule '{rule}': try again in {Seconds(answer, "retryAfter")}.";
    }

    private static string Wait(JsonElement answer) =>
        answer.GetProperty("delay").GetDecimal() > 0 ? $" in {Seconds(answer, "delay")}" : "";

    private static string Name(JsonElement rule) =>
        Text(rule, "mode") is "shadow" ? $"{Text(rule, "rule")} (shadow)" : Text(rule, "rule");

    private static string Text(JsonElement from, string field) =>
        from.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : "-";

    private static string Seconds(JsonElement from, string field) => Tables.Seconds(from.GetProperty(field).GetDecimal());
}
