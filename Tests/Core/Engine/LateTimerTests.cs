using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Engine;

/// <summary>Timers that come late, clocks that move while they are read, and waits longer than a timer can be set.</summary>
public sealed class LateTimerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Cancel_AfterItsInstantBeforeItsTimer_AdmitsNobodyTwice()
    {
        var time = new LateTimeProvider();
        using var throttle = Throttle(time, LimitBy.TokenBucket("a", 1, "1/s"));
        using var cancel = new CancellationTokenSource();
        await throttle.AcquireAsync([]);
        var waiter = throttle.AcquireAsync(Wait(10), cancel.Token).AsTask();

        // Its instant was 1 s; at 2 s another permit is there, and is taken.
        time.Pass(TimeSpan.FromSeconds(2));
        Assert.True((await throttle.AcquireAsync([])).IsAllowed);
        await cancel.CancelAsync();

        Assert.False((await throttle.AcquireAsync([])).IsAllowed);
        Assert.True((await waiter.WaitAsync(Patience)).IsAllowed, "Its turn had come before it cancelled.");
    }

    [Fact]
    public async Task Cancel_TimersLate_NobodyBehindIsDelayed()
    {
        var time = new LateTimeProvider();
        using var throttle = Throttle(time, LimitBy.TokenBucket("a", 1, "1/s"));
        using var cancel = new CancellationTokenSource();
        await throttle.AcquireAsync([]);
        var leaves = throttle.AcquireAsync(Wait(10), cancel.Token).AsTask();
        var second = throttle.AcquireAsync(Wait(10)).AsTask();
        var third = throttle.AcquireAsync(Wait(3)).AsTask();

        time.Pass(TimeSpan.FromSeconds(5));
        await cancel.CancelAsync();
        time.FireDue();

        var at = (await leaves.WaitAsync(Patience)).At;
        Assert.Equal(at.AddSeconds(1), (await second.WaitAsync(Patience)).At);
        Assert.Equal(at.AddSeconds(2), (await third.WaitAsync(Patience)).At);
    }

    [Fact]
    public async Task Cancel_SeveralRulesAfterTheInstant_IsServed()
    {
        var time = new LateTimeProvider();
        using var throttle = Throttle(time, LimitBy.TokenBucket("a", 1, "1/s"), LimitBy.TokenBucket("b", 1, "1/2s"));
        using var cancel = new CancellationTokenSource();
        await throttle.AcquireAsync([]);
        var waiter = throttle.AcquireAsync(Wait(10), cancel.Token).AsTask();

        time.Pass(TimeSpan.FromSeconds(2));
        await cancel.CancelAsync();

        Assert.True((await waiter.WaitAsync(Patience)).IsAllowed);
    }

    [Fact]
    public async Task Waiters_LongerThanATimerCanBeSet_AreServedAtTheirInstant()
    {
        var time = new LateTimeProvider();
        using var throttle = Throttle(time, LimitBy.TokenBucket("a", 1, "1/300d"));
        await throttle.AcquireAsync([]);
        var waiter = throttle.AcquireAsync(new([], 1, TimeSpan.MaxValue)).AsTask();

        for (var day = 0; day < 300; day++)
        {
            Assert.False(waiter.IsCompleted);
            time.Pass(TimeSpan.FromDays(1));
            time.FireDue();
        }

        Assert.True((await waiter.WaitAsync(Patience)).IsAllowed);
    }

    [Fact]
    public async Task Line_WaitLongerThanATimerCanBeSet_IsRefusedAtItsDeadlineOnly()
    {
        var time = new LateTimeProvider();
        using var throttle = Throttle(time, LimitBy.Concurrency("c", 1, "400d"));
        await throttle.AcquireAsync([]);
        var waiter = throttle.AcquireAsync(new([], 1, TimeSpan.FromDays(100))).AsTask();
        var patient = throttle.AcquireAsync(new([], 1, TimeSpan.MaxValue)).AsTask();

        for (var day = 0; day < 100; day++)
        {
            Assert.False(waiter.IsCompleted);
            time.Pass(TimeSpan.FromDays(1));
            time.FireDue();
        }

        Assert.False((await waiter.WaitAsync(Patience)).IsAllowed);
        Assert.False(patient.IsCompleted);
    }

    [Fact]
    public async Task Sweep_IdleForYears_SetsNoTimerThatCannotBeSet()
    {
        var time = new LateTimeProvider();
        using var throttle = Throttle(time, LimitBy.TokenBucket("a", 1000, "1/400d"));
        await throttle.AcquireAsync([]);
        await throttle.AcquireAsync(new([], 999));

        for (var i = 0; i < 10_000; i++)
        {
            time.Pass(TimeSpan.FromDays(40));
            time.FireDue();
        }

        Assert.Equal(0, throttle.BucketCount);
    }

    [Fact]
    public async Task At_WithAShadowRule_IsTheGrantedInstant()
    {
        // The clock has moved on when the answers are combined.
        var time = new LateTimeProvider { TicksPerLook = 1 };
        using var throttle = Throttle(
            time, LimitBy.Spacing("a", "1h", 3), LimitBy.TokenBucket("b", 1, "1/h") with { Mode = RuleMode.Shadow });
        var decision = await throttle.AcquireAsync([]);

        await throttle.ReturnAsync(new ThrottleRequest([]), decision.At);

        Assert.Equal(decision.Rules[0].Limiter.Grant.ValidAt, decision.At.UtcTicks);
        Assert.True((await throttle.AcquireAsync([])).IsAllowed);
    }

    /// <summary>A caller that sets its timers must not hold the bucket's lock: whoever cancels it may need that.</summary>
    [Fact]
    public async Task Line_SettingTheDeadline_HoldsNobodyUp()
    {
        var time = new LateTimeProvider();
        using var throttle = Throttle(time, LimitBy.Concurrency("c", 1, "1h"));
        await throttle.AcquireAsync([]);
        var timers = 0;
        var isHeldUp = false;
        time.OnTimerMade = delay =>
        {
            // The first timer is the line's, the second the caller's own.
            if (++timers == 2)
            {
                using var asked = new ManualResetEventSlim();
                var asker = new Thread(() =>
                {
                    Assert.Equal(1, throttle.WaiterCount);
                    asked.Set();
                });
                asker.IsBackground = true;
                asker.Start();
                isHeldUp = !asked.Wait(TimeSpan.FromSeconds(5));
            }
        };

        var waiter = throttle.AcquireAsync(Wait(60)).AsTask();

        Assert.False(waiter.IsCompleted);
        Assert.Equal(2, timers);
        Assert.False(isHeldUp, "Another thread could not ask while a caller in line set its deadline.");
    }

    /// <summary>The clock moves between two looks: who is refused by one and not by the next must still wait for its turn.</summary>
    [Fact]
    public async Task LeaseAndRate_WaitAtTheBrink_IsWaitedForOrRefused()
    {
        var refused = 0;
        for (var missing = 0; missing < 40; missing++)
        {
            var time = new LateTimeProvider { TicksPerLook = 1 };
            using var throttle = Throttle(time, LimitBy.Concurrency("c", 5, "1h"), LimitBy.TokenBucket("t", 1, "1/s"));
            await throttle.AcquireAsync([]);
            var asking = throttle.AcquireAsync(new([], 1, TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(missing))).AsTask();
            Assert.True(!asking.IsCompleted || !(await asking).IsAllowed, $"Allowed before its turn, {missing} ticks before the brink.");
            refused += asking.IsCompleted ? 1 : 0;
        }

        Assert.InRange(refused, 1, 39);
    }

    [Fact]
    public async Task Cancel_TimersFireAtOnce_ThoseBehindStayInLine()
    {
        var time = new LateTimeProvider { FiresAtOnce = true };
        using var throttle = Throttle(time, LimitBy.TokenBucket("a", 2, "1/s"));
        using var cancel = new CancellationTokenSource();
        using var cancelLast = new CancellationTokenSource();
        await throttle.AcquireAsync([], 2);
        var first = throttle.AcquireAsync(new([], 2, TimeSpan.FromSeconds(9)), cancel.Token).AsTask();
        var second = throttle.AcquireAsync(Wait(9)).AsTask();
        var third = throttle.AcquireAsync(Wait(9), cancelLast.Token).AsTask();

        time.Pass(TimeSpan.FromSeconds(1));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience));
        Assert.Equal(time.GetUtcNow(), (await second.WaitAsync(Patience)).At);
        Assert.Equal(1, throttle.WaiterCount);
        await cancelLast.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third.WaitAsync(Patience));
        Assert.Equal(TimeSpan.FromSeconds(1), (await throttle.AcquireAsync([])).RetryAfter);
    }

    private static LocalThrottle Throttle(TimeProvider time, params Rule[] rules) =>
        new(new LocalRules(rules), new() { TimeProvider = time });

    private static ThrottleRequest Wait(double seconds) => new([], 1, TimeSpan.FromSeconds(seconds));
}
