using Throttle.Core.Streams;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Core.Streams;

/// <summary>Sequences: lazy, in order, cancelled without a trace. Cases 6, 7, 9 and 11 of seed 001 among them.</summary>
public sealed class SequenceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Seed 001, case 9.</summary>
    [Fact]
    public async Task Items_AfterThreeAskedFor_ThreeWerePulled()
    {
        var source = new SomeStreams.Watched<int>(Enumerable.Range(0, 100));
        await using var items = source.ReadAsync().Throttle(Pacer.Of("100/s", "100B", SomeStreams.Clock())).GetAsyncEnumerator();
        Assert.Equal(0, source.Pulled);

        for (var i = 0; i < 3; i++)
        {
            Assert.True(await items.MoveNextAsync());
            Assert.Equal((i, i + 1), (items.Current, source.Pulled));
        }
    }

    [Fact]
    public async Task Items_WaitingForTheNext_HoldOne()
    {
        var clock = SomeStreams.Clock();
        var source = new SomeStreams.Watched<int>(Enumerable.Range(0, 100));
        await using var items = source.ReadAsync().Throttle(Pacer.Of("1/s", "1B", clock)).GetAsyncEnumerator();
        await items.MoveNextAsync();

        var next = items.MoveNextAsync().AsTask();
        Assert.Equal((2, false), (source.Pulled, next.IsCompleted));
        clock.Advance(TimeSpan.FromTicks(TimeSpan.TicksPerSecond - 1));
        Assert.False(next.IsCompleted);
        clock.Advance(TimeSpan.FromTicks(1));

        Assert.True(await next.WaitAsync(Patience));
        Assert.Equal((1, 2), (items.Current, source.Pulled));
    }

    [Fact]
    public async Task Items_Abandoned_DisposeTheirSource()
    {
        var source = new SomeStreams.Watched<int>(Enumerable.Range(0, 100));
        await foreach (var item in source.ReadAsync().Throttle(Pacer.Unlimited))
        {
            if (item == 5)
            {
                break;
            }
        }

        Assert.Equal((6, true), (source.Pulled, source.IsDisposed));
    }

    [Fact]
    public async Task Items_SourceFails_FailsTheSameAfterTheItemsBefore()
    {
        var seen = new List<int>();
        var error = await Assert.ThrowsAsync<InvalidTimeZoneException>(async () =>
        {
            await foreach (var item in Failing().Throttle(Pacer.Of("1000/s", timeProvider: SomeStreams.Clock())))
            {
                seen.Add(item);
            }
        });

        Assert.Equal(("the source's own", 2), (error.Message, seen.Count));

        static async IAsyncEnumerable<int> Failing()
        {
            yield return 1;
            await Task.Yield();
            yield return 2;
            throw new InvalidTimeZoneException("the source's own");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Items_CancelledWhileWaiting_PayNothingAndDisposeTheirSource(bool isTokenOfTheLoop)
    {
        var clock = SomeStreams.Clock();
        var pacer = Pacer.Of("1/s", "1B", clock);
        var source = new SomeStreams.Watched<int>([1, 2, 3]);
        using var cancel = new CancellationTokenSource();
        var paced = isTokenOfTheLoop
            ? source.ReadAsync().Throttle(pacer)
            : source.ReadAsync().Throttle(pacer, cancel.Token);
        var items = paced.GetAsyncEnumerator(isTokenOfTheLoop ? cancel.Token : default);
        await items.MoveNextAsync();
        var waiting = items.MoveNextAsync().AsTask();
        var behind = pacer.PayAsync(1).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience));
        await items.DisposeAsync();
        Assert.True(source.IsDisposed);

        // Whoever is behind moves up to the instant that the cancelled one would have had.
        Assert.False(behind.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        await behind.WaitAsync(Patience);
    }

    [Fact]
    public async Task Items_AboveTheBurst_AreRefusedBeforeTheyAreHandedOn()
    {
        var pacer = Pacer.Of("100/s", "100B", SomeStreams.Clock());
        await using var items = new[] { 101L }.ToAsyncEnumerable().Throttle(pacer, cost => cost).GetAsyncEnumerator();

        var refused = await Assert.ThrowsAsync<PaymentRefusedException>(() => items.MoveNextAsync().AsTask());

        Assert.Equal("101 at once are more than the burst of 100, and never fit; use a larger burst, or smaller pieces.", refused.Message);
        Assert.Null(refused.Decision);

        // It paid nothing.
        Assert.True(pacer.PayAsync(100).IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData((1L << 53) + 1)]
    public async Task Items_CostOutOfRange_NamesIt(long cost)
    {
        await using var items = new[] { cost }.ToAsyncEnumerable().Throttle(Pacer.Unlimited, c => c).GetAsyncEnumerator();

        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => items.MoveNextAsync().AsTask());

        Assert.StartsWith($"units is {cost}; use 0 to 9007199254740992.", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Seed 001, case 7, for bytes: split where the original fails, and where without its assertions it sends uncharged.</summary>
    [Fact]
    public async Task Chunks_AboveTheBurst_AreSplitAndPaid()
    {
        var clock = new JumpingTimeProvider(StreamFlow.Start);
        var sent = new List<(long Milliseconds, string Bytes)>();
        var chunks = new[] { new byte[101], [], [1, 2, 3], SomeStreams.Bytes(250) };

        await foreach (var chunk in chunks.ToAsyncEnumerable().Throttle(Pacer.Of("100B/s", "100B", clock)))
        {
            sent.Add((clock.Elapsed / TimeSpan.TicksPerMillisecond, Convert.ToHexString(chunk.Span)));
        }

        Assert.Equal([(0, 100), (10, 1), (10, 0), (40, 3), (1_040, 100), (2_040, 100), (2_540, 50)], sent.Select(s => (s.Milliseconds, s.Bytes.Length / 2)));
        Assert.Equal(Convert.ToHexString([.. chunks.SelectMany(c => c)]), string.Concat(sent.Select(s => s.Bytes)));
    }

    /// <summary>Seed 001, case 11: bytes cost what they are, not what they look like.</summary>
    [Fact]
    public async Task Chunks_OfBytes_CostTheirLength()
    {
        var clock = new JumpingTimeProvider(StreamFlow.Start);
        var memory = new ReadOnlyMemory<byte>("abc"u8.ToArray());

        Assert.Equal(2, await Repeated("abc"u8.ToArray()).Throttle(Pacer.Of("3B/s", "3B", clock)).CountAsync());
        Assert.Equal(TimeSpan.TicksPerSecond, clock.Elapsed);
        Assert.Equal(2, await Repeated(memory).Throttle(Pacer.Of("3B/s", "3B", clock)).CountAsync());
        Assert.Equal(2 * TimeSpan.TicksPerSecond, clock.Elapsed);

        static IAsyncEnumerable<T> Repeated<T>(T item) => new[] { item, item }.ToAsyncEnumerable();
    }
}
