using System.Globalization;
using Throttle.Api.Envoy;
using Throttle.Tests.Core.Tables;

namespace Throttle.Tests.Api.Envoy;

public sealed class EnvoyVerdictTests
{
    [Theory]
    [MemberData(nameof(TableReader.Rows), "envoy-verdicts.tsv", MemberType = typeof(TableReader))]
    public void Of_PublishedRow_HasItsCode(string name, int row)
    {
        var cells = EnvoyConfigTests.RowOf("envoy-verdicts.tsv", name, row);
        var (plan, statuses) = Parse(cells["statuses"]);
        var verdict = EnvoyVerdict.Of(plan, statuses, cells["modes"] is "shadow", cells["modes"] is "quota");
        Assert.Equal(cells["code"], verdict.IsOver ? "over" : "ok");
        Assert.Same(statuses, verdict.Statuses);
    }

    [Theory]
    [MemberData(nameof(TableReader.Rows), "envoy-hits.tsv", MemberType = typeof(TableReader))]
    public void Hits_PublishedRow_AreToldApart(string name, int row)
    {
        var cells = EnvoyConfigTests.RowOf("envoy-hits.tsv", name, row);
        ulong Cell(string column) => ulong.Parse(cells[column], CultureInfo.InvariantCulture);
        var hits = EnvoyHits.Of(Cell("limit"), Cell("after") - Cell("hits"), Cell("hits"));
        Assert.Equal(new EnvoyHits(Cell("within"), Cell("over"), Cell("near")), hits);
    }

    /// <summary>A plan of the kinds of limits, by way of a configuration that has one of each, and the statuses beside them.</summary>
    private static (EnvoyPlan Plan, EnvoyStatus[] Statuses) Parse(string text)
    {
        var config = EnvoyConfig.Read(
        [
            new("a.yaml", """
                domain: d
                descriptors:
                  - { key: limit, rate_limit: { unit: minute, requests_per_unit: 5 } }
                  - { key: shadow, shadow_mode: true, rate_limit: { unit: minute, requests_per_unit: 5 } }
                  - { key: quota, quota_mode: true, rate_limit: { unit: minute, requests_per_unit: 5 } }
                  - { key: unlimited, rate_limit: { unlimited: true } }
                """),
        ]);
        var parts = text.Split(' ').Select(part => part.Split(':')).ToArray();
        var plan = EnvoyPlan.Of(config, new EnvoyRequest("d", [.. parts.Select(part => new EnvoyDescriptor([new(part[0], "x")]))]));
        return (plan, [.. parts.Select((part, i) => new EnvoyStatus(plan.Matches[i]?.Limit, part[1] is "over", 0, 1))]);
    }
}
