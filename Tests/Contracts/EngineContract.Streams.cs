using Throttle.Core.Rules;
using Throttle.Core.Streams;

namespace Throttle.Tests.Contracts;

/// <content>Streams that pay by rules: the same in one process and in a cluster.</content>
public abstract partial class EngineContract
{
    /// <summary>A client's two downloads keep its bandwidth together.</summary>
    [Fact]
    public async Task Stream_TwoOfOneKey_KeepItsRateTogether()
    {
        const int Length = 30;
        var step = TimeSpan.FromMilliseconds(10);
        await using var engine = await StartAsync(LimitBy.TokenBucket("bytes", 10, "10B/s", "user"));
        var bytes = Enumerable.Range(0, Length).Select(i => (byte)i).ToArray();
        using var one = new MemoryStream();
        using var two = new MemoryStream();
        var writing = Task.WhenAll(
            one.Throttle(Pacer.Of(engine.Throttle, [("user", "1")])).WriteAsync(bytes).AsTask(),
            two.Throttle(Pacer.Of(engine.Throttle, [("user", "1")])).WriteAsync(bytes).AsTask());

        // A caller that asks while the clock moves may find its timer set late: the clock goes on until everybody has been served.
        var passed = TimeSpan.Zero;
        await Eventually.IsTrueAsync(
            async () =>
            {
                Assert.InRange(Sent(), 0, 10 + (passed.Ticks / (TimeSpan.TicksPerSecond / 10)));
                await engine.AdvanceAsync(step);
                passed += step;
                return writing.IsCompleted;
            },
            "everything is sent");

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
