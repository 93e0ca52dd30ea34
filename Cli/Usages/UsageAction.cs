using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Throttle.Cli.Nodes;
using Throttle.Core.Time;

namespace Throttle.Cli.Usages;

/// <summary>What <c>throttle usage</c> does.</summary>
internal static class UsageAction
{
    private const int LongestUnbrokenName = 32;

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Asks the node and shows its answer.</summary>
    public static async Task<int> RunAsync(
        Terminal terminal, string? rule, string? server, string? adminToken, UsageForm form, CancellationToken cancellationToken)
    {
        using var node = new NodeClient(server, adminToken);
        var body = await node.GetUsageAsync(rule, cancellationToken).ConfigureAwait(false);
        if (form == UsageForm.Json)
        {
            terminal.Output.WriteLine(body);
        }
        else
        {
            Show(terminal, Read(body), rule, form);
        }

        return ExitCodes.Success;
    }

    private static NodeUsage Read(string body)
    {
        try
        {
            return JsonSerializer.Deserialize<NodeUsage>(body, Strict) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new CliException("The node answers a usage that this version of the command cannot read; --json shows it.");
        }
    }

    private static void Show(Terminal terminal, NodeUsage usage, string? rule, UsageForm form)
    {
        if (usage.Rules.Count == 0)
        {
            terminal.Output.WriteLine(rule is null ? "Nothing was asked yet." : $"Rule '{Tables.Printable(rule)}' was not asked yet.");
        }
        else
        {
            var table = Tables.Create("Rule", ">Allowed", ">Refused", ">Would\nrefuse", ">Errors", ">Permits");

            // Names stay beside their figures; only one that leaves those no room is broken.
            table.Columns[0].NoWrap = usage.Rules.All(row => row.Id.Length <= LongestUnbrokenName && row.Nodes.All(part => part.Node.Length + 2 <= LongestUnbrokenName));
            foreach (var row in usage.Rules)
            {
                AddRow(table, row.Id, row.Allowed, row.Refused, row.ShadowRefused, row.Errors, row.Permits);
                foreach (var part in form == UsageForm.ByNode ? row.Nodes : [])
                {
                    AddRow(table, $"  {part.Node}", part.Allowed, part.Refused, part.ShadowRefused, part.Errors, part.Permits);
                }
            }

            terminal.OutputConsole.Write(table);
        }

        var since = Ticks.ToInstant((long)(usage.Since * Ticks.PerSecond) + Ticks.UnixEpoch);
        terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Since {since:yyyy-MM-dd HH:mm:ss} UTC, {Tables.Count(usage.Nodes.Count(node => !node.Ended), "node")}."));
    }

    private static void AddRow(Table table, string name, params ReadOnlySpan<long> counts)
    {
        var row = new List<Text> { Tables.Text(name) };
        foreach (var count in counts)
        {
            row.Add(Tables.Text(Tables.Number(count)));
        }

        table.AddRow(row);
    }
}
