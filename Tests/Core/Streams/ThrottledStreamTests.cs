using System.IO.Pipelines;
using System.Text;
using Throttle.Core.Streams;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Core.Streams;

/// <summary>The stream around a stream: cancelling, holding, passing on.</summary>
public sealed class ThrottledStreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Write_Cancelled_HasSentABeginningAndNothingAfterIt()
    {
        var clock = SomeStreams.Clock();
        using var inner = new MemoryStream();
        await using var stream = inner.Throttle(Pacer.Of("10B/s", "10B", clock), leaveOpen: true);
        using var cancel = new CancellationTokenSource();

        var writing = stream.WriteAsync(SomeStreams.Bytes(30), cancel.Token).AsTask();
        Assert.Equal(10, inner.Length);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(Patience));
        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(SomeStreams.Bytes(30)[..10], inner.ToArray());

        // The wait was given back: after a minute the whole burst is there.
        Assert.True(stream.WriteAsync(SomeStreams.Bytes(10)).IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_Cancelled_LosesNoByte(bool isStopped)
    {
        var clock = SomeStreams.Clock();
        var bytes = SomeStreams.Bytes(30);
        using var inner = new MemoryStream(bytes);
        using var cancel = new CancellationTokenSource();
        var pacer = Pacer.Of("10B/s", "10B", clock);
        await using var stream = isStopped
            ? new ThrottledStream(inner, pacer, leaveOpen: true, stopping: cancel.Token)
            : inner.Throttle(pacer, leaveOpen: true);
        var buffer = new byte[30];
        Assert.Equal(10, await stream.ReadAsync(buffer, cancel.Token));

        var reading = stream.ReadAsync(buffer.AsMemory(10), isStopped ? default : cancel.Token).AsTask();
        Assert.False(reading.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience));
        Assert.True(inner.Position > 10, "Nothing had been read that could be lost.");

        if (isStopped)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.ReadAsync(buffer.AsMemory(10)).AsTask());
            return;
        }

        clock.Advance(TimeSpan.FromMinutes(1));
        var offset = 10;
        while (await stream.ReadAsync(buffer.AsMemory(offset)) is > 0 and var count)
        {
            offset += count;
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(30, offset);
        Assert.Equal(bytes, buffer);
    }

    [Fact]
    public async Task Read_ShorterBufferThanWhatIsHeld_GivesTheRestAfterwards()
    {
        var clock = SomeStreams.Clock();
        await using var throttle = SomeStreams.Throttle(clock, Throttle.Core.Rules.LimitBy.TokenBucket("bytes", 4, "4B/s"));

        // It does not know the limit yet, reads 12 and may give 4.
        await using var stream = new MemoryStream(SomeStreams.Bytes(12)).Throttle(Pacer.Of(throttle, []));
        var received = new List<byte>();
        var buffer = new byte[12];
        received.AddRange(buffer[..await stream.ReadAsync(buffer)]);
        Assert.Equal(4, received.Count);
        while (true)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            var count = await stream.ReadAsync(buffer.AsMemory(0, 3));
            if (count == 0)
            {
                break;
            }

            received.AddRange(buffer[..count]);
        }

        Assert.Equal(SomeStreams.Bytes(12), received);
    }

    [Fact]
    public async Task Read_OfNothing_StaysOne()
    {
        var pipe = new Pipe();
        await using var stream = pipe.Reader.AsStream().Throttle(Pacer.Of("1B/s", timeProvider: SomeStreams.Clock()));

        var waiting = stream.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(waiting.IsCompleted);
        await pipe.Writer.WriteAsync(new byte[5]);

        Assert.Equal(0, await waiting.WaitAsync(Patience));
        Assert.Equal(1, await stream.ReadAsync(new byte[5]));
    }

    [Fact]
    public async Task BothDirections_EachPaysItsOwn()
    {
        var clock = SomeStreams.Clock();
        using var inner = new MemoryStream();
        inner.Write(SomeStreams.Bytes(20));
        inner.Position = 0;
        await using var stream = new ThrottledStream(inner, reading: Pacer.Of("10B/s", "10B", clock), writing: Pacer.Of("5B/s", "5B", clock));

        Assert.Equal(10, await stream.ReadAsync(new byte[20]));
        Assert.True(stream.WriteAsync(new byte[5]).IsCompletedSuccessfully);
        var writing = stream.WriteAsync(new byte[1]).AsTask();
        clock.Advance(TimeSpan.FromMilliseconds(199));
        Assert.False(writing.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await writing.WaitAsync(Patience);
    }

    [Fact]
    public async Task TwoStreams_OfOnePacer_KeepTheRateTogether()
    {
        var clock = SomeStreams.Clock();
        var pacer = Pacer.Of("10B/s", "10B", clock);
        using var one = new MemoryStream();
        using var two = new MemoryStream();
        var writing = Task.WhenAll(
            one.Throttle(pacer).WriteAsync(SomeStreams.Bytes(50)).AsTask(), two.Throttle(pacer).WriteAsync(SomeStreams.Bytes(50)).AsTask());
        for (var step = 0; step < 90; step++)
        {
            // Each tenth of a second one byte, to whoever asked first; both wait until the end.
            await Eventually.IsTrueAsync(() => clock.TimerCount == 1 && one.Length + two.Length == 10 + step, $"10 + {step} bytes came, not {one.Length + two.Length}");
            clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        await writing.WaitAsync(Patience);
        Assert.Equal(SomeStreams.Bytes(50), one.ToArray());
        Assert.Equal(SomeStreams.Bytes(50), two.ToArray());
    }

    /// <summary>The shown case: 256 KiB/s for an hour is that many bytes, to the byte and the tick.</summary>
    [Fact]
    public async Task Write_ForAnHour_IsExact()
    {
        const long Rate = 256 * 1024;
        const long Seconds = 3_600;
        var clock = new JumpingTimeProvider(StreamFlow.Start);
        await using var stream = Stream.Null.Throttle(Pacer.Of("256KiB/s", "1MiB", clock));
        var chunk = new byte[128 * 1024];
        for (var sent = 0L; sent < (Rate * Seconds) + (1024 * 1024); sent += chunk.Length)
        {
            await stream.WriteAsync(chunk);
        }

        Assert.Equal(Seconds * Ticks.PerSecond, clock.Elapsed);
    }

    [Fact]
    public void Sync_ReadsAndWrites_ArePacedToo()
    {
        var clock = new JumpingTimeProvider(StreamFlow.Start);
        using var source = new MemoryStream(Encoding.UTF8.GetBytes(new string('x', 300)));
        using var reader = new StreamReader(source.Throttle(Pacer.Of("100B/s", "100B", clock)));
        Assert.Equal(300, reader.ReadToEnd().Length);
        Assert.Equal(2 * Ticks.PerSecond, clock.Elapsed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_BeforeItWaits_FlushesWhatWasSent(bool isAsync)
    {
        var clock = SomeStreams.Clock();
        using var inner = new MemoryStream();
        await using var stream = new BufferedStream(inner, 4_096).Throttle(Pacer.Of("10B/s", "10B", clock));
        var writing = isAsync ? stream.WriteAsync(new byte[11]).AsTask() : Task.Run(() => stream.Write(new byte[11]));

        await Eventually.IsTrueAsync(() => inner.Length == 10, "what was paid for arrives");
        await Eventually.IsTrueAsync(() => clock.TimerCount == 1, "the rest waits");
        clock.Advance(TimeSpan.FromMilliseconds(100));
        await writing.WaitAsync(Patience);
    }

    [Fact]
    public async Task Write_CancelledWhileItFlushes_EndsOnceItsPaymentHasEnded()
    {
        using var cancel = new CancellationTokenSource();
        var payment = new TaskCompletionSource<bool>();
        using var sent = new MemoryStream();
        await using var stream = new ThrottledStream(sent, new CancellingPacer(cancel, payment.Task));

        var writing = stream.WriteAsync(new byte[2], cancel.Token).AsTask();
        Assert.False(writing.IsCompleted);
        payment.SetCanceled(cancel.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(Patience));
        Assert.Equal(1, sent.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_ClosesTheOtherUnlessToldOtherwise(bool leaveOpen)
    {
        var (one, two) = (new MemoryStream(), new MemoryStream());
        await one.Throttle(Pacer.Unlimited, leaveOpen).DisposeAsync();
        two.Throttle(Pacer.Unlimited, leaveOpen).Dispose();
        Assert.Equal((leaveOpen, leaveOpen), (one.CanRead, two.CanRead));
    }

    [Fact]
    public void Stream_CannotSeek_AndSaysSo()
    {
        using var stream = new MemoryStream().Throttle(Pacer.Unlimited);
        Assert.False(stream.CanSeek);
        Assert.Throws<NotSupportedException>(() => stream.Length);
        Assert.Throws<NotSupportedException>(() => stream.Position);
        Assert.Throws<NotSupportedException>(() => stream.Position = 0);
        Assert.Throws<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(0));
    }

    /// <summary>Pays for one unit; at the second somebody cancels, and giving back takes a while.</summary>
    private sealed class CancellingPacer(CancellationTokenSource cancel, Task<bool> second) : Pacer
    {
        private bool _hasPaid;

        public override long Largest => 1;

        public override long Step => 1;

        private protected override ValueTask<bool> TryPayAsync(long units, CancellationToken cancellationToken)
        {
            if (!_hasPaid)
            {
                _hasPaid = true;
                return new(true);
            }

            cancel.Cancel();
            return new(second);
        }

        private protected override PaymentRefusedException TooLarge(long units) => new("One at a time.");
    }
}
