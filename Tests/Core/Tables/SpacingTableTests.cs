using System.Globalization;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Tables;

/// <summary>The table of the seed that spaces calls, each row after those of its case before it.</summary>
public sealed class SpacingTableTests
{
    private const string Table = "spacing.tsv";
    private const long Zero = Ticks.UnixEpoch + (20_000 * Ticks.PerDay);

    [Theory]
    [MemberData(nameof(TableReader.Rows), Table, MemberType = typeof(TableReader))]
    public void Spacing_Row_IsAnsweredAsCorrected(string name, int row)
    {
        var states = new Dictionary<string, SpacingState>(StringComparer.Ordinal);
        var permits = new Dictionary<long, Permit>();
        foreach (var current in TableReader.Read(Table).Where(r => string.Equals(r["case"], name, StringComparison.Ordinal)).Take(row + 1))
        {
            var limiter = new Spacing(Time(current["interval"]), int.Parse(current["reservations"], CultureInfo.InvariantCulture));
            var now = Zero + Time(current["now"]);
            var state = states.TryGetValue(current["bucket"], out var known) ? known : limiter.Create(now);
            Do(current, limiter, ref state, now, permits);
            states[current["bucket"]] = state;
        }
    }

    private static void Do(
        IReadOnlyDictionary<string, string> row, Spacing limiter, ref SpacingState state, long now, Dictionary<long, Permit> permits)
    {
        switch (row["op"])
        {
            case "return":
                Assert.Equal(row["result"], limiter.Return(ref state, permits[Time(row["slot"])], now) ? "given" : "not");
                break;
            case "use":
                Assert.Equal(row["result"], permits[Time(row["slot"])].IsExpired(now) ? "expired" : "good");
                break;
            default:
                var permit = limiter.Reserve(ref state, now);
                Assert.Equal(row["result"], permit is null ? "none" : "granted");
                if (permit is { } granted)
                {
                    AssertCell(row["wait"], granted.WaitTicks);
                    AssertCell(row["valid-at"], granted.ValidAt - Zero);
                    AssertCell(row["expires-at"], granted.ExpiresAt == Ticks.Never ? Ticks.Never : granted.ExpiresAt - Zero);
                    permits[granted.ValidAt - Zero] = granted;
                }

                break;
        }
    }

    private static void AssertCell(string expected, long actual)
    {
        if (expected != "-")
        {
            Assert.Equal(expected == "never" ? Ticks.Never : Time(expected), actual);
        }
    }

    private static long Time(string milliseconds) =>
        (long)(decimal.Parse(milliseconds, CultureInfo.InvariantCulture) * TimeSpan.TicksPerMillisecond);
}
