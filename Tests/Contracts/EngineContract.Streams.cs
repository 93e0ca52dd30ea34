using Throttle.Core.Rules;
using Throttle.Core.Streams;

namespace Throttle.Tests.Contracts;

/// <content>Streams that pay by rules: the same in one process and in a cluster.</content>
public abstract partial class EngineContract
{
    /// <summary>A client's two downloads keep its bandwidth together, and have all of it.</summary>
    [Fact]
    public async Task Stream_TwoOfOneKey_KeepItsRateTogether()
    {
        const int Length = 30;
        await using var engine = await StartAsync(LimitBy.TokenBucket("bytes", 10, "10B/s", "user"));
        var bytes = Enumerable.Range(0, Length).Select(i => (byte)i).ToArray();
        using var one = new MemoryStream();
        using var two = new MemoryStream();
        var writing = Task.WhenAll(
            one.Throttle(Pacer.Of(engine.Throttle, [("user", "1")])).WriteAsync(bytes).AsTask(),
            two.Throttle(Pacer.Of(engine.Throttle, [("user", "1")])).WriteAsync(bytes).AsTask());

        for (var second = 0; second < 5; second++)
        {
            // No piece is larger than the burst, so that what has not come is no more than one.
            await Eventually.IsTrueAsync(() => Sent() > 10 * second, $"more than {10 * second} bytes after {second} s");
            Assert.InRange(Sent(), 0, 10 + (10 * second));
            Assert.False(writing.IsCompleted);
            await engine.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        await writing.WaitAsync(Patience);
        Assert.Equal(bytes, one.ToArray());
        Assert.Equal(bytes, two.ToArray());

        long Sent() => one.Length + two.Length;
    }

    [Fact]
    public async Task Stream_Cancelled_LeavesTheBandwidthToOthers()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("bytes", 10, "10B/s", "user"));
        using var cancel = new CancellationTokenSource();
        using var sent = new MemoryStream();
        var writing = sent.Throttle(Pacer.Of(engine.Throttle, [("user", "1")])).WriteAsync(new byte[1_000], cancel.Token).AsTask();
        await Eventually.IsTrueAsync(() => sent.Length == 10, "the burst is sent");

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(Patience));
        await engine.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(10, sent.Length);
        Assert.True((await engine.Throttle.AcquireAsync(new([("user", "1")], 10))).IsAllowed);
    }
}
