using System.Globalization;
using Throttle.Cli.Replay;
using Throttle.Core;

namespace Throttle.Tests.Cli.Replay;

public sealed class HeldLeasesTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Take_SeveralLeasesOfOneRequest_GivesTheOldestThatLives()
    {
        var leases = new HeldLeases();
        var request = Request("a");
        leases.Add(request, "ended", Start.AddSeconds(5), Start);
        leases.Add(request, "older", Start.AddSeconds(20), Start);
        leases.Add(request, "newer", Start.AddSeconds(30), Start);

        Assert.Equal("older", leases.Take(request, Start.AddSeconds(5)));
        Assert.Equal("newer", leases.Take(request, Start.AddSeconds(5)));
        Assert.Null(leases.Take(request, Start.AddSeconds(5)));
        Assert.Equal(0, leases.Count);
    }

    [Fact]
    public void Take_AnotherRequest_GivesNothing()
    {
        var leases = new HeldLeases();
        leases.Add(Request("a"), "lease", Start.AddSeconds(5), Start);

        Assert.Null(leases.Take(Request("b"), Start));
        Assert.Null(leases.Take(Request("a") with { Cost = 2 }, Start));
        Assert.Equal("lease", leases.Take(Request("a"), Start));
    }

    [Fact]
    public void Add_LeasesThatNobodyReturns_AreForgottenWhenTheyEnd()
    {
        var leases = new HeldLeases();
        for (var i = 0; i < 100_000; i++)
        {
            var now = Start.AddSeconds(i);
            leases.Add(Request(i.ToString(CultureInfo.InvariantCulture)), "lease", now.AddSeconds(600), now);
            Assert.InRange(leases.Count, 1, 1_200);
        }

        Assert.Equal("lease", leases.Take(Request("99401"), Start.AddSeconds(99_999)));
    }

    private static ThrottleRequest Request(string user) => new([("user", user)]);
}
