namespace Throttle.Tests.Api.Redis;

/// <summary>The answers that redis-cell, throttlecrab and Redis' GCRA are documented to give, asked over a socket.</summary>
public sealed class PublishedTests
{
    private const string Cell = "redis-cell.tsv";
    private const string Crab = "throttlecrab.tsv";
    private const string Gcra = "gcra.tsv";

    [Theory]
    [MemberData(nameof(Rows), Cell)]
    public Task RedisCell_Row_IsAnsweredAsPublished(string name, int row) => ReplayAsync(Cell, name, row);

    [Theory]
    [MemberData(nameof(Rows), Crab)]
    public Task Throttlecrab_Row_IsAnsweredAsPublished(string name, int row) => ReplayAsync(Crab, name, row);

    [Theory]
    [MemberData(nameof(Rows), Gcra)]
    public Task Gcra_Row_IsAnsweredAsPublished(string name, int row) => ReplayAsync(Gcra, name, row);

    public static TheoryData<string, int> Rows(string file) => PublishedTable.Rows(file);

    private static async Task ReplayAsync(string file, string name, int last)
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        var rows = PublishedTable.Case(file, name);
        for (var i = 0; i <= last; i++)
        {
            node.Clock.Advance(rows[i].At - (i == 0 ? TimeSpan.Zero : rows[i - 1].At));
            client.Send(rows[i].Command + "\r\n");
            var reply = client.Read();
            if (i == last)
            {
                AssertIs(rows[i].Reply, reply);
            }
        }
    }

    private static void AssertIs(string expected, string actual)
    {
        if (!char.IsAsciiDigit(expected[0]))
        {
            Assert.StartsWith(expected, actual, StringComparison.Ordinal);
            return;
        }

        var (expectedFields, fields) = (expected.Split(','), actual.Split(','));
        Assert.True(expectedFields.Length == fields.Length, $"'{actual}' should be {expected}.");
        Assert.Equal(expected, string.Join(',', fields.Select((field, i) => expectedFields[i] == "*" ? "*" : field)));
    }
}
