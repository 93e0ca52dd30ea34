using System.Text;
using Throttle.Cli.Replay;

namespace Throttle.Tests.Cli.Replay;

public sealed class SortedLinesTests
{
    [Theory]
    [InlineData(SortedLines.DefaultBudgetBytes, 0)]
    [InlineData(200, 1)]
    [InlineData(1, 1)]
    public void MoveNext_RandomInstants_AreInOrderAndTiesByNumber(long budgetBytes, int leastRuns)
    {
        const int Seed = 11;
        var random = new Random(Seed);
        for (var round = 0; round < 20; round++)
        {
            var added = Enumerable.Range(1, random.Next(2, 120))
                .Select(number => (Key: new LineKey(random.Next(40), number), Text: new string('x', random.Next(600)) + number))
                .ToList();
            using var lines = new SortedLines(budgetBytes);
            foreach (var (key, text) in added)
            {
                lines.Add(key, Encoding.UTF8.GetBytes(text));
            }

            Assert.Equal(added.OrderBy(line => line.Key.At).ToList(), ReadAll(lines));
            Assert.True(lines.SpilledRuns >= leastRuns, $"{lines.SpilledRuns} runs were spilled; expected at least {leastRuns}.");
            Assert.Equal(added.Min(line => line.Key.At), lines.First);
            Assert.Equal(added.Max(line => line.Key.At), lines.Last);
            Assert.Equal(OutOfOrder(added.Select(line => line.Key.At)), lines.OutOfOrder);
        }
    }

    [Fact]
    public void MoveNext_NoLines_IsAtTheEnd()
    {
        using var lines = new SortedLines();

        Assert.False(lines.MoveNext());
        Assert.False(lines.MoveNext());
        Assert.Equal(0, lines.Count);
    }

    private static List<(LineKey Key, string Text)> ReadAll(SortedLines lines)
    {
        var read = new List<(LineKey, string)>();
        while (lines.MoveNext())
        {
            read.Add((lines.CurrentKey, Encoding.UTF8.GetString(lines.CurrentText)));
        }

        return read;
    }

    private static int OutOfOrder(IEnumerable<long> instants)
    {
        var latest = long.MinValue;
        var count = 0;
        foreach (var at in instants)
        {
            count += at < latest ? 1 : 0;
            latest = Math.Max(latest, at);
        }

        return count;
    }
}
