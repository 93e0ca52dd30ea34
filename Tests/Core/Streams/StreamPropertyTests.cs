using FsCheck;
using FsCheck.Fluent;
using Throttle.Core.Limiters;
using Throttle.Core.Streams;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Core.Streams;

/// <summary>For any rate, burst and split: the same bytes in order, never more than the envelope, never later than it must be, one chunk held at most.</summary>
public sealed class StreamPropertyTests
{
    private const ulong Gamma = 0x9E37_79B9_7F4A_7C15;

    [Fact]
    public void Write_AnySplit_KeepsBytesAndEnvelopeAndIsOnTime() => Check(2_001, async flow =>
    {
        var (clock, pacer) = flow.Begin();
        await using var receiver = new StreamFlow(clock);
        await using var stream = receiver.Throttle(pacer, leaveOpen: true);
        var offset = 0;
        foreach (var (size, pause) in flow.Chunks)
        {
            clock.Advance(pause);
            await stream.WriteAsync(flow.Bytes.AsMemory(offset, size));
            offset += size;

            // Nothing is held: a write has sent all when it ends.
            Assert.Equal(offset, receiver.Length);
        }

        flow.AssertSent(receiver.ToArray(), receiver.Sent, clock);
    });

    [Fact]
    public void WriteSync_AnySplit_KeepsBytesAndEnvelopeAndIsOnTime() => Check(2_002, flow =>
    {
        var (clock, pacer) = flow.Begin();
        using var receiver = new StreamFlow(clock);
        using var stream = receiver.Throttle(pacer, leaveOpen: true);
        var offset = 0;
        foreach (var (size, pause) in flow.Chunks)
        {
            clock.Advance(pause);
            stream.Write(flow.Bytes, offset, size);
            offset += size;
        }

        flow.AssertSent(receiver.ToArray(), receiver.Sent, clock);
        return Task.CompletedTask;
    });

    [Fact]
    public void Read_AnySplit_KeepsBytesAndEnvelopeAndIsOnTime() => Check(2_003, async flow =>
    {
        var (clock, pacer) = flow.Begin();
        using var source = new MemoryStream(flow.Bytes, writable: false);
        await using var stream = source.Throttle(pacer, leaveOpen: true);
        await using var receiver = new StreamFlow(clock);
        var place = 0;
        while (true)
        {
            var (size, pause) = flow.Chunks[place++ % flow.Chunks.Length];
            clock.Advance(pause);
            var before = source.Position;
            var buffer = new byte[size + 1];
            var count = await stream.ReadAsync(buffer);
            if (count == 0)
            {
                break;
            }

            Assert.True(source.Position - receiver.Length <= size + 1, $"{source.Position - receiver.Length} bytes are held for a buffer of {size + 1}.");
            Assert.True(source.Position >= before);
            receiver.Write(buffer.AsSpan(0, count));
        }

        flow.AssertSent(receiver.ToArray(), receiver.Sent, clock);
    });

    [Fact]
    public void Chunks_AnySplit_KeepsBytesAndEnvelopeAndIsOnTime() => Check(2_004, async flow =>
    {
        var (clock, pacer) = flow.Begin();
        await using var receiver = new StreamFlow(clock);
        var pulled = 0;
        await foreach (var chunk in Source().Throttle(pacer))
        {
            Assert.True(chunk.Length <= flow.Burst, $"A chunk of {chunk.Length} came at a burst of {flow.Burst}.");
            receiver.Write(chunk.Span);

            // What was pulled and not handed on is the rest of one chunk.
            Assert.True(pulled - receiver.Length < flow.Bytes.Length + 1 && pulled - receiver.Length <= flow.Chunks.Max(c => c.Size));
        }

        flow.AssertSent(receiver.ToArray(), receiver.Sent, clock);

        async IAsyncEnumerable<ReadOnlyMemory<byte>> Source()
        {
            foreach (var (size, pause) in flow.Chunks)
            {
                await Task.Yield();
                Assert.Equal(pulled, receiver.Length);
                clock.Advance(pause);
                pulled += size;
                yield return flow.Bytes.AsMemory(pulled - size, size);
            }
        }
    });

    private static void Check(ulong seed, Func<Flow, Task> property)
    {
        var flows = from permits in Gen.Choose(1, 5_000)
                    from period in Gen.Elements(10L, 7_919L, Ticks.PerSecond / 3, Ticks.PerSecond, 60 * Ticks.PerSecond)
                    from burst in Gen.Choose(1, 700)
                    from isIdle in Gen.Choose(0, 1)
                    from length in Gen.Choose(1, 12)
                    from sizes in Gen.ArrayOf(Gen.Choose(0, 1_500), length)
                    from pauses in Gen.ArrayOf(Gen.Choose(0, 3), length)
                    select new Flow(new Rate(permits, period), burst, [.. sizes.Zip(pauses, (s, p) => (s, isIdle * p * (period / 3)))]);
        var replay = Microsoft.FSharp.Core.FSharpOption<Replay>.Some(
            new Replay(new Rnd(seed, Gamma), Microsoft.FSharp.Core.FSharpOption<int>.None));
        var config = Config.QuickThrowOnFailure.WithMaxTest(150).WithReplay(replay).WithQuietOnSuccess(true);
        FsCheck.Check.One(config, Prop.ForAll(Arb.From(flows), flow => property(flow).GetAwaiter().GetResult()));
    }

    /// <summary>One case: a rate, a burst, and chunks, each with the ticks that pass before it.</summary>
    private sealed record Flow(Rate Rate, long Burst, (int Size, long Pause)[] Chunks)
    {
        public byte[] Bytes { get; } = RandomBytes(Chunks.Sum(c => c.Size));

        public (JumpingTimeProvider Clock, Pacer Pacer) Begin()
        {
            var clock = new JumpingTimeProvider(StreamFlow.Start);
            return (clock, Pacer.Of(Rate, Burst, clock));
        }

        public void AssertSent(byte[] received, IReadOnlyList<(long At, long Bytes)> sent, JumpingTimeProvider clock)
        {
            Assert.Equal(Bytes, received);
            StreamFlow.AssertEnvelope(sent, Rate, Burst);
            if (Chunks.All(c => c.Pause == 0))
            {
                // Always ready: the last byte leaves at the first tick at which it may, or a tick later for each piece that leaves
                // the bucket no room for what comes in one.
                var earliest = StreamFlow.EarliestOf(Bytes.Length, Rate, Burst);
                var inOneTick = (Rate.Permits / Rate.PeriodTicks) + 1;
                Assert.InRange(clock.Elapsed, earliest, earliest + sent.Count(s => s.Bytes + inOneTick > Burst));
                Assert.Equal(clock.Elapsed, sent.Count == 0 ? 0 : sent[^1].At);
            }
        }

        public override string ToString() => $"{Rate}, burst {Burst}, {string.Join(' ', Chunks)}";

        private static byte[] RandomBytes(int count)
        {
            var bytes = new byte[count];
            new Random(count).NextBytes(bytes);
            return bytes;
        }
    }
}
