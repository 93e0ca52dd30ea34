using System.Globalization;

namespace Throttle.Tests.Api.Redis;

/// <summary>A published table: what another server answers to commands, and what we do where that differs.</summary>
internal static class PublishedTable
{
    public static TheoryData<string, int> Rows(string file)
    {
        var data = new TheoryData<string, int>();
        foreach (var rows in Read(file).GroupBy(row => row.Case, StringComparer.Ordinal))
        {
            for (var i = 0; i < rows.Count(); i++)
            {
                data.Add(rows.Key, i);
            }
        }

        return data;
    }

    /// <summary>The rows of a case, in order.</summary>
    public static Row[] Case(string file, string name) => [.. Read(file).Where(row => string.Equals(row.Case, name, StringComparison.Ordinal))];

    private static IEnumerable<Row> Read(string file)
    {
        var lines = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Redis", file)).Where(line => !line.StartsWith('#')).Skip(1);
        return lines.Select(line => line.Split('\t')).Select(f => new Row(
            f[0], TimeSpan.FromSeconds(double.Parse(f[1], CultureInfo.InvariantCulture)), f[2], f[4].Length == 0 ? f[3] : f[4], f[5]));
    }

    /// <summary>A row.</summary>
    /// <param name="Case">Rows of a case are about the same keys, in order.</param>
    /// <param name="At">Time since the first.</param>
    /// <param name="Command">As a line.</param>
    /// <param name="Reply">What we answer: numbers, * for any, or how a text begins.</param>
    /// <param name="Why">Why that is not what they answer; empty where it is.</param>
    public sealed record Row(string Case, TimeSpan At, string Command, string Reply, string Why);
}
