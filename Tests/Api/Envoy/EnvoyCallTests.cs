using System.Globalization;
using System.Text.Json;
using Throttle.Core.Time;
using Throttle.Tests.Core.Tables;

namespace Throttle.Tests.Api.Envoy;

public sealed class EnvoyCallTests
{
    private const string Table = "envoy-calls.tsv";

    public static TheoryData<string> Cases() => [.. TableReader.Read(Table).Select(row => row["case"]).Distinct(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Post_RowsOfACase_AreAnswered(string name)
    {
        var rows = TableReader.Read(Table).Where(row => string.Equals(row["case"], name, StringComparison.Ordinal)).ToArray();
        await using var node = await EnvoyTestNode.StartAsync(
            EnvoyConfigs.FilesOf(rows[0]["config"]),
            InstantOf(rows[0]),
            options => options with { IsShadow = rows[0]["modes"] is "shadow", IsQuota = rows[0]["modes"] is "quota" });
        for (var i = 0; i < rows.Length; i++)
        {
            node.Node.Node.VirtualClock!.AdvanceTo(InstantOf(rows[i]));
            for (var time = 0; time < int.Parse(rows[i]["times"], CultureInfo.InvariantCulture); time++)
            {
                var body = EnvoyTestNode.BodyOf(rows[i]["request"], long.Parse(rows[i]["hits"], CultureInfo.InvariantCulture));
                var (status, answer) = await node.AskAsync(body);
                Compare(rows[i], $"row {i + 1}, time {time + 1}: {answer}", time, status, answer);
            }
        }
    }

    private static DateTimeOffset InstantOf(IReadOnlyDictionary<string, string> row) =>
        Ticks.ToInstant(Ticks.UnixEpoch + (long)(decimal.Parse(row["at"], CultureInfo.InvariantCulture) * Ticks.PerSecond));

    private static void Compare(IReadOnlyDictionary<string, string> row, string what, int time, int status, JsonElement answer)
    {
        Assert.True(int.Parse(row["status"], CultureInfo.InvariantCulture) == status, $"{what}: {status}");
        Assert.Equal(status is 429 ? "OVER_LIMIT" : "OK", answer.GetProperty("overallCode").GetString());
        var statuses = answer.GetProperty("statuses").EnumerateArray().ToArray();
        var (codes, remaining, resets) = (row["codes"].Split(' '), row["remaining"].Split(' '), row["reset"].Split(' '));
        Assert.Equal(codes.Length, statuses.Length);
        for (var i = 0; i < statuses.Length; i++)
        {
            var at = $"{what} (descriptor {i + 1})";
            Assert.True(statuses[i].GetProperty("code").GetString() == (codes[i] is "over" ? "OVER_LIMIT" : "OK"), at);
            Assert.True(RemainingOf(remaining[i], time) == RemainingOf(statuses[i]), $"{at}: expected {RemainingOf(remaining[i], time)}");
            if (resets[Math.Min(i, resets.Length - 1)] is not "-" and var reset)
            {
                Assert.True(statuses[i].GetProperty("durationUntilReset").GetString() == $"{reset}s", $"{at}: expected {reset}s");
            }
        }
    }

    private static long? RemainingOf(string cell, int time) =>
        cell is "-" ? null
        : cell.EndsWith("..", StringComparison.Ordinal) ? long.Parse(cell[..^2], CultureInfo.InvariantCulture) - time
        : long.Parse(cell, CultureInfo.InvariantCulture);

    /// <summary>What is zero is left out; without a limit there is nothing else, either.</summary>
    private static long? RemainingOf(JsonElement status) =>
        status.TryGetProperty("limitRemaining", out var remaining) ? remaining.GetInt64()
        : status.TryGetProperty("currentLimit", out _) ? 0
        : null;
}
