using Throttle.Core.Replication;

namespace Throttle.Tests.Core.Replication;

/// <summary>What a bucket remembers of other regions' counts.</summary>
public sealed class HeardCountsTests
{
    [Fact]
    public void Hear_OneTooMany_ForgetsWhatWasNotHeardForLongest()
    {
        var heard = new HeardCounts();
        for (var count = 1; count <= HeardCounts.MaxCounts; count++)
        {
            Assert.Equal(10, Hear(heard, count, 10));
        }

        // The first is heard again, so that the second is the one to go.
        Assert.Equal(5, Hear(heard, 1, 15));
        Assert.Equal(10, Hear(heard, HeardCounts.MaxCounts + 1, 10));

        Assert.Equal(HeardCounts.MaxCounts, heard.All.Count);
        Assert.DoesNotContain(heard.All, known => known.Count == 2);
        Assert.Equal(2, Hear(heard, 1, 17));
    }

    [Fact]
    public void Hear_OlderAgain_KeepsTheLargerNumbers()
    {
        var heard = new HeardCounts();
        Hear(heard, 1, 10);

        Assert.Equal(0, Hear(heard, 1, 7));
        Assert.Equal(("us", 1, 10, 0), Assert.Single(heard.All));
    }

    private static long Hear(HeardCounts heard, long count, long consumed) =>
        heard.Hear("us", new("", "", count, 0, 0, consumed, 0, consumed), hasFollowed: true, presumed: 0);
}
