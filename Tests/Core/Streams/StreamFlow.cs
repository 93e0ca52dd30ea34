using System.Numerics;
using Throttle.Core.Limiters;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Core.Streams;

/// <summary>A stream's receiver, which notes when how much came, and what is promised of that.</summary>
internal sealed class StreamFlow(JumpingTimeProvider clock) : MemoryStream
{
    /// <summary>Where clocks start.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>When, in ticks since the start, how many bytes came.</summary>
    public List<(long At, long Bytes)> Sent { get; } = [];

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Sent.Add((clock.Elapsed, buffer.Length));
        base.Write(buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>Fails where in any interval more came than burst + rate × interval, exactly.</summary>
    public static void AssertEnvelope(IReadOnlyList<(long At, long Bytes)> sent, Rate rate, long burst)
    {
        // Of all intervals that end with a sending, the worst begins where rate × time was furthest ahead of what had been sent.
        BigInteger total = 0;
        BigInteger? furthest = null;
        foreach (var (at, bytes) in sent)
        {
            var ahead = ((BigInteger)at * rate.Permits) - (total * rate.PeriodTicks);
            furthest = furthest is null ? ahead : BigInteger.Max(furthest.Value, ahead);
            total += bytes;
            var most = (total * rate.PeriodTicks) - ((BigInteger)at * rate.Permits) + furthest.Value;
            Assert.True(
                most <= (BigInteger)burst * rate.PeriodTicks,
                $"{most / rate.PeriodTicks} bytes more than {rate} came in an interval that ends at {at}; the burst is {burst}.");
        }
    }

    /// <summary>The instant by which so many bytes may have come from a full bucket that was never full again, rounded up.</summary>
    public static long EarliestOf(long bytes, Rate rate, long burst) => bytes <= burst
        ? 0
        : Ticks.Saturate((((Int128)(bytes - burst) * rate.PeriodTicks) + rate.Permits - 1) / rate.Permits);
}
