using System.Globalization;
using Spectre.Console;
using Throttle.Core.Rules;

namespace Throttle.Cli.Replay;

/// <summary>What a replay came to, for people.</summary>
internal sealed class ReplayReport(IAnsiConsole console, ReplayOptions options)
{
    /// <summary>Writes the report.</summary>
    public void Show(ReplayLines lines, ReplayTotals totals)
    {
        ShowHead(lines, totals);
        ShowUnreadable(lines, totals);
        if (totals.Replayed == 0)
        {
            return;
        }

        ShowRules(totals);
        ShowKeys(totals);
        if (totals.Allowed + totals.Refused > 0)
        {
            TimePlot.Show(console, totals.Slices);
        }
    }

    private void ShowHead(ReplayLines lines, ReplayTotals totals)
    {
        Line($"{Tables.Number(totals.Replayed)} of {Tables.Count(lines.LineCount, "line")} replayed");
        if (lines.Sorted.Count > 0)
        {
            Line($"{Instant(lines.Sorted.First)} to {Instant(lines.Sorted.Last)} UTC");
        }

        Line($"{Tables.Count(totals.Allowed + totals.Refused, "request")}: "
            + $"{Tables.Number(totals.Allowed)} allowed, {Tables.Number(totals.Refused)} refused "
            + $"({Tables.Percent(totals.Refused, totals.Allowed + totals.Refused)})");
        LineIf(totals.Delayed, "allowed after a wait");
        LineIf(totals.Unmatched, "without a matching rule");
        LineIf(totals.Peeks, totals.Peeks == 1 ? "peek, which takes nothing" : "peeks, which take nothing");
        LineIf(totals.Returns, totals.Returns == 1 ? "return" : "returns");
        LineIf(totals.WaitsIgnored, "asked without their wait, at a rule of the kind concurrency");
        LineIf(lines.Sorted.OutOfOrder, "out of order, sorted");
        LineIf(totals.CutOff, "cut off behind the request, which counts");
        LineIf(lines.Blank, "blank");
        if (lines.EndsEarly)
        {
            Line($"The compressed file ends early, in line {Tables.Number(lines.LineCount)} or behind it: lines are missing.", Color.Yellow);
        }
    }

    private static string Instant(long at) =>
        new DateTime(at, DateTimeKind.Utc).ToString("yyyy-MM-dd HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);

    private void ShowUnreadable(ReplayLines lines, ReplayTotals totals)
    {
        ShowFaults(lines.Unreadable, "could not be read");
        ShowFaults(totals.Failed, "could not be asked");
        ShowFaults(totals.UnclearPaths, "replayed with the path that ASP.NET Core sees; forward auth refuses it");
    }

    private void ShowFaults(LineFaults faults, string what)
    {
        if (faults.Count == 0)
        {
            return;
        }

        Line($"{Tables.Count(faults.Count, "line")} {what}:", Color.Yellow);
        foreach (var fault in faults.First)
        {
            Line(FormattableString.Invariant($"  line {fault.Line}: {fault.Reason}"));
        }

        if (faults.Count > faults.First.Count)
        {
            Line($"  and {Tables.Number(faults.Count - faults.First.Count)} more");
        }
    }

    private void ShowRules(ReplayTotals totals)
    {
        if (totals.Rules.Count == 0)
        {
            return;
        }

        var hasErrors = totals.Rules.Any(rule => rule.Errors > 0);
        string[] headings = ["Rule", ">Allowed", ">Refused", ">Shadow\nrefused", ">Permits", ">Refused\nshare"];
        var table = Tables.Create(hasErrors ? [.. headings, ">Errors"] : headings);
        foreach (var rule in totals.Rules)
        {
            var isShadow = rule.Rule.Mode == RuleMode.Shadow;
            Text[] cells =
            [
                Tables.Text(rule.Rule.Mode == RuleMode.Off ? $"{rule.Rule.Id} (off)" : rule.Rule.Id),
                Tables.Text(Tables.Number(rule.Allowed)),
                Number(isShadow ? 0 : rule.Refused, Color.Red),
                Number(isShadow ? rule.Refused : 0, Color.Yellow),
                Tables.Text(Tables.Number(rule.Permits)),
                Tables.Text(Tables.Percent(rule.Refused, rule.Allowed + rule.Refused)),
            ];
            table.AddRow(hasErrors ? [.. cells, Number(rule.Errors, Color.Red)] : cells);
        }

        console.Write(table);
    }

    private void ShowKeys(ReplayTotals totals)
    {
        var keys = totals.MostRefused(options.Top);
        if (keys.Count == 0)
        {
            return;
        }

        Line("Most refused keys:", Color.Default);
        var table = Tables.Create("Key", "Rule", ">Refused", ">Of the rule's");
        foreach (var (rule, key, refused) in keys)
        {
            table.AddRow(
                Tables.Text(key.Length == 0 ? "(one bucket)" : key).Ellipsis(),
                Tables.Text(rule.Rule.Mode == RuleMode.Shadow ? $"{rule.Rule.Id} (shadow)" : rule.Rule.Id),
                Number(refused, rule.Rule.Mode == RuleMode.Shadow ? Color.Yellow : Color.Red),
                Tables.Text(Tables.Percent(refused, rule.Refused)));
        }

        console.Write(table);
    }

    private static Text Number(long number, Color color) =>
        Tables.Text(Tables.Number(number), number == 0 ? default(Style?) : new Style(color));

    private void LineIf(long count, string what)
    {
        if (count > 0)
        {
            Line($"  {Tables.Number(count)} {what}");
        }
    }

    private void Line(string text, Color? color = null) =>
        console.Write(new Text(Tables.Printable(text) + "\n", color is { } given ? new Style(given) : default(Style?)));
}
