using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Throttle.Tests.Cluster.Wire;

/// <summary>
/// The serialized form of what silos and clients of different versions send one another, and of what storage keeps. A change
/// that fails these tests breaks a rolling upgrade.
/// </summary>
/// <remarks>
/// <c>wire.tsv</c> has a name and its bytes a row. Rows stay for ever: where a new version writes other bytes that the old one
/// can read, its row comes after the old ones of that name, and all of them must be readable.
/// </remarks>
public sealed class WireFormatTests
{
    private static readonly Serializer Serializer =
        new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    public static TheoryData<string> Names() => [.. WireSamples.All.Keys.Order(StringComparer.Ordinal)];

    public static TheoryData<string, string> Recorded()
    {
        var rows = new TheoryData<string, string>();
        foreach (var (name, bytes) in Rows())
        {
            rows.Add(name, bytes);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Value_RecordedBytes_AreReadBack(string name, string bytes)
    {
        var read = Serializer.Deserialize<object>(Convert.FromHexString(bytes));

        Assert.Equal(Describe(WireSamples.All[name]), Describe(read));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Value_WrittenToday_GivesTheLastRecordedBytes(string name)
    {
        var written = Convert.ToHexStringLower(Serializer.SerializeToArray<object>(WireSamples.All[name]));

        var recorded = Rows().LastOrDefault(r => string.Equals(r.Name, name, StringComparison.Ordinal)).Bytes;
        Assert.True(string.Equals(recorded, written, StringComparison.Ordinal), $"wire.tsv has other bytes than this row:\n{name}\t{written}");
    }

    [Fact]
    public void Types_ThatGoOverTheWire_AllHaveASample() =>
        Assert.Equal(
            WireTypes.Serialized.Select(t => t.FullName).Order(StringComparer.Ordinal),
            WireSamples.All.Values.Select(v => v.GetType().FullName).Distinct().Order(StringComparer.Ordinal));

    private static IEnumerable<(string Name, string Bytes)> Rows() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Wire", "wire.tsv")).Select(l => l.Split('\t')).Select(f => (f[0], f[1]));

    // As text, because arrays compare by reference.
    private static string Describe(object? value) => JsonSerializer.Serialize(value, value?.GetType() ?? typeof(object));
}
