using System.Globalization;
using System.Text.Json;
using Throttle.Tests.Api.Http;
using Throttle.Tests.Core.Tables;

namespace Throttle.Tests.Api.Gubernator;

/// <summary>gubernator's published answers, over HTTP; each row after those of its case before it.</summary>
public sealed class GubernatorTableTests : IAsyncLifetime
{
    private const string Table = "gubernator.tsv";
    private static int s_keys;
    private TestNode? _node;

    public async Task InitializeAsync() => _node = await TestNode.StartAsync();

    public async Task DisposeAsync() => await _node!.DisposeAsync();

    [Theory]
    [MemberData(nameof(TableReader.Rows), Table, MemberType = typeof(TableReader))]
    public async Task Row_IsAnsweredAsPublished_OrForAReason(string name, int row)
    {
        var rows = TableReader.Read(Table).Where(r => string.Equals(r["case"], name, StringComparison.Ordinal)).Take(row + 1).ToArray();
        var key = $"account:{Interlocked.Increment(ref s_keys)}";
        var clock = _node!.Node.VirtualClock!;
        var began = clock.GetUtcNow();
        foreach (var current in rows)
        {
            clock.Advance(began.AddMilliseconds(Number(current["at"])) - clock.GetUtcNow());
            var answer = await AskAsync(key, current);
            Assert.Equal("", answer.GetProperty("error").GetString());
            Assert.Equal(
                (current["status"], current["remaining"], current["limit"]),
                (Text(answer, "status"), Text(answer, "remaining"), Text(answer, "limit")));
            var reset = current["reset"];
            if (reset != "-")
            {
                var expected = reset == "none" ? 0 : began.ToUnixTimeMilliseconds() + Number(reset);
                Assert.Equal(expected.ToString(CultureInfo.InvariantCulture), Text(answer, "reset_time"));
            }
        }
    }

    [Fact]
    public void Row_ThatIsNotAnsweredAsPublished_HasAReason() =>
        Assert.All(TableReader.Read(Table), row => Assert.Equal(row["theirs"] == "=", row["reason"].Length == 0));

    private async Task<JsonElement> AskAsync(string key, IReadOnlyDictionary<string, string> row)
    {
        var (status, body) = await _node!.AskAsync(
            $$"""
            {"requests":[{"name":"requests_per_second","uniqueKey":"{{key}}","hits":"{{row["hits"]}}","limit":"{{row["limit"]}}",
              "duration":{{row["duration"]}},"algorithm":"{{row["algorithm"]}}","behavior":{{row["behavior"]}},"burst":"{{row["burst"]}}"}]}
            """,
            "/v1/GetRateLimits");
        Assert.True(status == 200, body);
        using var document = JsonDocument.Parse(body);
        return document.RootElement.GetProperty("responses")[0].Clone();
    }

    private static string? Text(JsonElement answer, string name) => answer.GetProperty(name).GetString();

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
