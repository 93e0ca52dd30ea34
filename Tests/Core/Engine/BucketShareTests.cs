using Throttle.Core.Local;

namespace Throttle.Tests.Core.Engine;

public sealed class BucketShareTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(1_000, 500)]
    public void Share_ThatFillsUpBesideOthers_HasHalfRoundedUp(long max, long most)
    {
        var room = new BucketRoom(max, static () => { }) { Rules = 2 };
        var share = new BucketShare(room, static () => { });
        Fill(share);

        Assert.Equal(most, share.Count);
    }

    [Fact]
    public void Share_ThatIsAlone_HasAllUntilAnotherComes()
    {
        var room = new BucketRoom(10, static () => { }) { Rules = 1 };
        var share = new BucketShare(room, static () => { });
        Fill(share);
        Assert.Equal(10, share.Count);

        // It keeps what it has, and gets none until there is room under the new share.
        room.IsShared = true;
        share.Remove(5);
        Assert.False(share.TryAdd());
        share.Remove(1);
        Assert.True(share.TryAdd());
    }

    /// <summary>Against a model that only counts: whatever is added and removed in which order.</summary>
    [Fact]
    public void Shares_AddingAndRemovingAtRandom_KeepTheBound()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var (max, shares) = (random.Next(1, 200), random.Next(2, 7));
            var room = new BucketRoom(max, static () => { }) { Rules = shares };
            var all = Enumerable.Range(0, shares).Select(_ => new BucketShare(room, static () => { })).ToArray();
            var model = new long[shares];
            for (var step = 0; step < 1_000; step++)
            {
                var i = random.Next(shares);
                if (random.Next(4) == 0 && model[i] > 0)
                {
                    all[i].Remove();
                    model[i]--;
                }
                else
                {
                    var free = max - model.Sum();
                    var isFree = free > 0 && model[i] < free;
                    Assert.True(isFree == all[i].TryAdd(), $"seed {seed}, step {step}: {model[i]} of {max} with {free} free.");
                    model[i] += isFree ? 1 : 0;
                }

                Assert.True(model.Sum() == room.Count && room.Count <= max, $"seed {seed}, step {step}: {room.Count} of {max}.");
                Assert.True(Array.TrueForAll(model, own => own <= (max + 1) / 2), $"seed {seed}, step {step}: {string.Join(' ', model)} of {max}.");
            }
        }
    }

    /// <summary>One after the other fills up and gives nothing back: each finds half of what is left.</summary>
    [Fact]
    public void Shares_FillingUpInTurn_LeaveHalfEach()
    {
        var room = new BucketRoom(1_024, static () => { }) { Rules = 5 };
        var counts = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            var share = new BucketShare(room, static () => { });
            Fill(share);
            counts.Add(share.Count);
        }

        Assert.Equal([512, 256, 128, 64, 32], counts);
    }

    private static void Fill(BucketShare share)
    {
        while (share.TryAdd())
        {
        }
    }
}
