using Throttle.Cli.Replay;
using Throttle.Core.Time;

namespace Throttle.Tests.Cli.Replay;

public sealed class TimeSlicesTests
{
    [Theory]
    [InlineData(0, TimeSpan.TicksPerMillisecond)]
    [InlineData(TimeSpan.TicksPerMinute, 5 * TimeSpan.TicksPerSecond)]
    [InlineData(TimeSpan.TicksPerHour, 5 * TimeSpan.TicksPerMinute)]
    [InlineData(TimeSpan.TicksPerDay, 2 * TimeSpan.TicksPerHour)]
    [InlineData(365 * TimeSpan.TicksPerDay, 28 * TimeSpan.TicksPerDay)]
    public void Length_OfASpan_IsRound(long span, long length) =>
        Assert.Equal(length, new TimeSlices(Ticks.UnixEpoch, Ticks.UnixEpoch + span).Length);

    [Fact]
    public void All_RandomSpans_CoverEveryInstant()
    {
        const int Seed = 5;
        var random = new Random(Seed);
        for (var round = 0; round < 2_000; round++)
        {
            var first = random.NextInt64(Ticks.MaxInstant);
            var last = Math.Min(Ticks.MaxInstant, first + random.NextInt64(1L << random.Next(1, 62)));
            var slices = new TimeSlices(first, last);
            slices.Add(first, isAllowed: true);
            slices.Add(last, isAllowed: false);

            Assert.InRange(slices.All.Count, 1, TimeSlices.MaxCount);
            Assert.Equal(1, slices.All[0].Allowed);
            Assert.Equal(1, slices.All[^1].Refused);
            Assert.True(slices.All[0].Start <= first);
            Assert.True(slices.All[^1].Start <= last);
        }
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(100, 0, 50, 0)]
    [InlineData(50, 50, 25, 25)]
    [InlineData(99, 1, 49, 1)]
    [InlineData(1, 99, 1, 49)]
    [InlineData(1, 0, 1, 0)]
    [InlineData(0, 1, 0, 1)]
    public void Lengths_OfABar_ShowWhateverIsThere(long allowed, long refused, int full, int hatched) =>
        Assert.Equal((full, hatched), TimePlot.Lengths(new TimeSlice(0, allowed, refused), 100, 50));
}
