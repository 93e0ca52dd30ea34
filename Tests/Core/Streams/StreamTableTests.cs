using System.Globalization;
using Throttle.Core.Limiters;
using Throttle.Core.Streams;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;
using Throttle.Tests.Core.Tables;

namespace Throttle.Tests.Core.Streams;

/// <summary>The table of the seed that limits generators.</summary>
public sealed class StreamTableTests
{
    private const string Table = "streams.tsv";

    public static TheoryData<string> Cases => [.. TableReader.Read(Table).Select(row => row["case"])];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Items_Case_LeaveAsCorrected(string name)
    {
        var row = Assert.Single(TableReader.Read(Table), r => string.Equals(r["case"], name, StringComparison.Ordinal));
        var clock = new JumpingTimeProvider(StreamFlow.Start);
        var pacer = Pacer.Of(new Rate(Number(row["rate"]), Ticks.PerSecond), Number(row["burst"]), clock);
        var costs = Costs(row["costs"]).ToList();
        var expected = Words(row["times"]);
        var times = new List<string>();

        var paced = costs.ToAsyncEnumerable().Throttle(pacer, cost => cost);
        await using var items = paced.GetAsyncEnumerator();
        try
        {
            while (await items.MoveNextAsync())
            {
                Assert.Equal(costs[times.Count], items.Current);
                times.Add(((decimal)clock.Elapsed / Ticks.PerSecond).ToString(CultureInfo.InvariantCulture));
            }
        }
        catch (PaymentRefusedException)
        {
            times.Add("never");
        }

        Assert.Equal(expected, times);
    }

    private static string[] Words(string cell) => cell.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<long> Costs(string cell) => Words(cell).SelectMany(word => word.Split('x') is [var count, var cost]
        ? Enumerable.Repeat(Number(cost), (int)Number(count))
        : [Number(word)]);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
