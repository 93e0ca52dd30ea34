using System.Globalization;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Tables;

/// <summary>Published and inherited tables of answers, each row after those of its case before it.</summary>
public sealed class LimiterTableTests
{
    /// <summary>A whole number of every window and unit that a table uses.</summary>
    private const long Zero = Ticks.UnixEpoch + (20_000 * Ticks.PerDay);

    [Theory]
    [MemberData(nameof(TableReader.Rows), "gcra.tsv", MemberType = typeof(TableReader))]
    public void Gcra_Row_IsAnsweredAsPublished(string name, int row) => Replay("gcra.tsv", name, row);

    [Theory]
    [MemberData(nameof(TableReader.Rows), "bucket4j.tsv", MemberType = typeof(TableReader))]
    public void Bucket4j_Row_IsAnsweredAsPublished(string name, int row) => Replay("bucket4j.tsv", name, row);

    [Theory]
    [MemberData(nameof(TableReader.Rows), "seeds.tsv", MemberType = typeof(TableReader))]
    public void Seed_Row_IsAnsweredAsCorrected(string name, int row) => Replay("seeds.tsv", name, row);

    private static void Replay(string table, string name, int row)
    {
        var rows = TableReader.Read(table).Where(r => string.Equals(r["case"], name, StringComparison.Ordinal)).Take(row + 1).ToArray();
        foreach (var algorithm in rows[0]["limiter"].Split(' ')[0].Split('|'))
        {
            ITableBucket? bucket = null;
            foreach (var current in rows)
            {
                bucket = Do(current, algorithm, bucket);
            }
        }
    }

    private static ITableBucket? Do(IReadOnlyDictionary<string, string> row, string algorithm, ITableBucket? bucket)
    {
        var unit = Number(row["ticks"]);
        var now = Zero + Time(row["at"], unit);
        var cost = row["cost"] == "-" ? 0 : Number(row["cost"]);
        var wait = row["wait"] == "-" ? 0 : Time(row["wait"], unit);
        var operation = row["op"];
        switch (operation)
        {
            case "illegal":
                Assert.Throws<ArgumentOutOfRangeException>(() => Create(algorithm, row["limiter"], unit, now, null));
                return null;
            case "illegal-cost":
                Assert.Throws<ArgumentOutOfRangeException>(() => bucket!.Acquire(cost, now, wait));
                return bucket;
            case "create":
                bucket = Create(algorithm, row["limiter"], unit, now, cost);
                break;
            case var change when change.StartsWith("change-", StringComparison.Ordinal):
                bucket!.Change(
                    Create(algorithm, row["limiter"], unit, now, null), Enum.Parse<OnChange>(change["change-".Length..], ignoreCase: true), now);
                break;
        }

        bucket ??= Create(algorithm, row["limiter"], unit, now, null);
        var isTaken = operation == "acquire";
        Compare(row, isTaken ? bucket.Acquire(cost, now, wait) : bucket.Peek(operation == "peek" ? cost : 0, now, wait), unit);
        return bucket;
    }

    private static void Compare(IReadOnlyDictionary<string, string> row, in LimiterDecision decision, long unit)
    {
        var expected = row["allowed"];
        Assert.Equal(expected, decision.IsAllowed ? "yes" : decision.NeverFits ? "never" : "no");
        AssertCell(row["remaining"], 1, decision.Remaining);
        AssertCell(row["delay"], unit, decision.DelayTicks);
        AssertCell(row["retry"], unit, decision.RetryAfterTicks);
        AssertCell(row["reset"], unit, decision.ResetAfterTicks);
    }

    private static void AssertCell(string expected, long unit, long actual)
    {
        if (expected != "-")
        {
            Assert.Equal(Time(expected, unit), actual);
        }
    }

    /// <summary>A limiter from words: the algorithm, its limit, then a rate or a window; several pairs for several bandwidths.</summary>
    private static ITableBucket Create(string algorithm, string words, long unit, long now, long? remaining)
    {
        var numbers = words.Split(' ')[1..];
        var limit = Number(numbers[0]);
        return algorithm switch
        {
            "token-bucket" when numbers.Length > 2 => new TableBucket<MultiTokenBucketState>(
                new MultiTokenBucket([.. numbers.Chunk(2).Select(n => new Bandwidth(Number(n[0]), RateOf(n[1], unit)))]), now, remaining),
            "token-bucket" => new TableBucket<TokenBucketState>(new TokenBucket(limit, RateOf(numbers[1], unit)), now, remaining),
            "gcra" => new TableBucket<TokenBucketState>(new Gcra(RateOf(numbers[1], unit), limit), now, remaining),
            "leaky-bucket" => new TableBucket<TokenBucketState>(new LeakyBucket(limit, RateOf(numbers[1], unit)), now, remaining),
            "queue" => new TableBucket<TokenBucketState>(new LeakyQueue(limit, RateOf(numbers[1], unit)), now, remaining),
            "fixed-window" => new TableBucket<FixedWindowState>(new FixedWindow(limit, Time(numbers[1], unit)), now, remaining),
            "sliding-log" => new TableBucket<SlidingLogState>(new SlidingLog(limit, Time(numbers[1], unit)), now, remaining),
            _ => throw new FormatException($"'{algorithm}' is no algorithm of these tables."),
        };
    }

    private static Rate RateOf(string text, long unit)
    {
        var parts = text.Split('/');
        return new(Number(parts[0]), Time(parts[1], unit));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static long Time(string text, long unit) => (long)(decimal.Parse(text, CultureInfo.InvariantCulture) * unit);
}
