using Throttle.Core.Time;

namespace Throttle.Tests.Core.Time;

public sealed class VirtualTimeProviderTests
{
    private static readonly DateTimeOffset Start = new(2024, 2, 29, 23, 59, 59, TimeSpan.Zero);

    [Fact]
    public void Clock_Untouched_StandsStill()
    {
        var clock = new VirtualTimeProvider(Start);

        Assert.Equal(Start, clock.GetUtcNow());
        Assert.Equal(Start, clock.GetUtcNow());
        Assert.Equal(Start.UtcTicks, clock.GetTimestamp());
        Assert.Equal(TimeSpan.TicksPerSecond, clock.TimestampFrequency);
        Assert.Equal(TimeZoneInfo.Utc, clock.LocalTimeZone);
    }

    [Fact]
    public void Clock_StartWithOffset_IsThatInstantInUtc()
    {
        var clock = new VirtualTimeProvider(new DateTimeOffset(2024, 1, 1, 2, 0, 0, TimeSpan.FromHours(2)));

        Assert.Equal(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero), clock.GetUtcNow());
        Assert.Equal(TimeSpan.Zero, clock.GetUtcNow().Offset);
    }

    [Fact]
    public void Advance_ByATick_MovesBothClocksTogether()
    {
        var clock = new VirtualTimeProvider(Start);
        var before = clock.GetTimestamp();

        clock.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(Start.AddTicks(1), clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromTicks(1), clock.GetElapsedTime(before));
    }

    [Fact]
    public void Advance_Backwards_ThrowsAndStandsStill()
    {
        var clock = new VirtualTimeProvider(Start);

        var fault = Assert.Throws<ArgumentOutOfRangeException>(() => clock.Advance(TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => clock.AdvanceTo(Start.AddTicks(-1)));

        Assert.Contains("use zero or more", fault.Message, StringComparison.Ordinal);
        Assert.Equal(Start, clock.GetUtcNow());
    }

    [Fact]
    public void Advance_PastTheYear9999_ThrowsAndStandsStill()
    {
        var clock = new VirtualTimeProvider(Start);
        var room = DateTimeOffset.MaxValue - Start;

        Assert.Throws<ArgumentOutOfRangeException>(() => clock.Advance(room + TimeSpan.FromTicks(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => clock.Advance(TimeSpan.MaxValue));
        Assert.Equal(Start, clock.GetUtcNow());

        clock.Advance(room);
        Assert.Equal(DateTimeOffset.MaxValue, clock.GetUtcNow());
    }

    [Fact]
    public void AdvanceTo_TheSameInstantInAnotherZone_FiresWhatIsDue()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = 0;
        using var timer = clock.CreateTimer(_ => Interlocked.Increment(ref fired), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        clock.AdvanceTo(Start.ToOffset(TimeSpan.FromHours(5)));

        Assert.Equal(1, Volatile.Read(ref fired));
    }

    [Fact]
    public async Task Timer_SetToNoTime_FiresWithoutAMove()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = new TaskCompletionSource();
        using var timer = clock.CreateTimer(
            _ => fired.SetResult(), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        Assert.False(fired.Task.IsCompleted);

        timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        await fired.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(Start, clock.GetUtcNow());
    }

    [Fact]
    public void Timer_AroundItsInstant_FiresOnlyWhenDue()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = new List<DateTimeOffset>();
        using var timer = clock.CreateTimer(_ => fired.Add(clock.GetUtcNow()), null, TimeSpan.FromTicks(10), Timeout.InfiniteTimeSpan);

        clock.Advance(TimeSpan.FromTicks(9));
        Assert.Empty(fired);
        Assert.Equal(1, clock.TimerCount);
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([Start.AddTicks(10)], fired);
        Assert.Equal(0, clock.TimerCount);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Single(fired);
    }

    [Fact]
    public void Timers_InOneMove_FireInOrderEachAtItsInstant()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = new List<(string Name, long After)>();
        using var late = Timer(clock, fired, "late", 30);
        using var twinA = Timer(clock, fired, "twin a", 20);
        using var twinB = Timer(clock, fired, "twin b", 20);
        using var early = Timer(clock, fired, "early", 10);

        clock.Advance(TimeSpan.FromTicks(100));

        Assert.Equal([("early", 10), ("twin a", 20), ("twin b", 20), ("late", 30)], fired);
        Assert.Equal(Start.AddTicks(100), clock.GetUtcNow());
    }

    [Fact]
    public void Timer_WithPeriod_FiresAtEachMultiple()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = new List<long>();
        using var timer = clock.CreateTimer(
            _ => fired.Add((clock.GetUtcNow() - Start).Ticks), null, TimeSpan.FromTicks(5), TimeSpan.FromTicks(10));

        clock.Advance(TimeSpan.FromTicks(34));
        Assert.Equal([5, 15, 25], fired);
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([5, 15, 25, 35], fired);
    }

    [Fact]
    public void Timer_ThatStartsAnother_InTheSameMove_FiresThatToo()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = new List<(string Name, long After)>();
        ITimer? second = null;
        using var first = clock.CreateTimer(_ => second = Timer(clock, fired, "second", 5), null, TimeSpan.FromTicks(10), Timeout.InfiniteTimeSpan);

        clock.Advance(TimeSpan.FromTicks(15));

        Assert.Equal([("second", 15)], fired);
        second!.Dispose();
    }

    [Fact]
    public void Timer_DisposedByAnotherAtTheSameInstant_DoesNotFire()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = new List<(string Name, long After)>();
        ITimer? victim = null;
        using var first = clock.CreateTimer(_ => victim!.Dispose(), null, TimeSpan.FromTicks(10), Timeout.InfiniteTimeSpan);
        victim = Timer(clock, fired, "victim", 10);

        clock.Advance(TimeSpan.FromTicks(10));

        Assert.Empty(fired);
        Assert.False(victim.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        Assert.Equal(0, clock.TimerCount);
    }

    [Fact]
    public void Timer_Changed_FiresAtItsNewInstantOnly()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = new List<(string Name, long After)>();
        using var timer = Timer(clock, fired, "moved", 10);

        Assert.True(timer.Change(TimeSpan.FromTicks(20), Timeout.InfiniteTimeSpan));
        clock.Advance(TimeSpan.FromTicks(19));
        Assert.Empty(fired);
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([("moved", 20)], fired);

        Assert.True(timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Single(fired);
    }

    [Fact]
    public void Timer_WhoseCallbackStopsIt_FiresNoMore()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = 0;
        ITimer? timer = null;
        timer = clock.CreateTimer(
            _ =>
            {
                fired++;
                timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            },
            null,
            TimeSpan.FromTicks(1),
            TimeSpan.FromTicks(1));

        clock.Advance(TimeSpan.FromTicks(10));

        Assert.Equal(1, fired);
        timer.Dispose();
    }

    [Fact]
    public void Timer_WhoseCallbackThrows_StopsTheMoveAtItsInstant()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = new List<(string Name, long After)>();
        using var bad = clock.CreateTimer(_ => throw new InvalidOperationException("bad"), null, TimeSpan.FromTicks(10), Timeout.InfiniteTimeSpan);
        using var next = Timer(clock, fired, "next", 20);

        Assert.Throws<InvalidOperationException>(() => clock.Advance(TimeSpan.FromTicks(30)));
        Assert.Equal(Start.AddTicks(10), clock.GetUtcNow());
        Assert.Empty(fired);

        clock.Advance(TimeSpan.FromTicks(20));
        Assert.Equal([("next", 20)], fired);
    }

    [Fact]
    public void Timer_WhoseCallbackMovesTheClock_NeverSetsItBack()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = new List<(string Name, long After)>();
        using var mover = clock.CreateTimer(_ => clock.Advance(TimeSpan.FromTicks(100)), null, TimeSpan.FromTicks(10), Timeout.InfiniteTimeSpan);
        using var next = Timer(clock, fired, "next", 50);

        clock.Advance(TimeSpan.FromTicks(20));

        Assert.Equal(Start.AddTicks(110), clock.GetUtcNow());
        Assert.Equal([("next", 50)], fired);
    }

    [Fact]
    public void CreateTimer_BadArguments_Throw()
    {
        var clock = new VirtualTimeProvider(Start);

        Assert.Throws<ArgumentNullException>(() => clock.CreateTimer(null!, null, TimeSpan.Zero, TimeSpan.Zero));
        var fault = Assert.Throws<ArgumentOutOfRangeException>(
            () => clock.CreateTimer(_ => { }, null, TimeSpan.FromTicks(-1), Timeout.InfiniteTimeSpan));
        Assert.Throws<ArgumentOutOfRangeException>(() => clock.CreateTimer(_ => { }, null, TimeSpan.Zero, TimeSpan.FromSeconds(-2)));

        Assert.Equal("dueTime", fault.ParamName);
        Assert.Equal(0, clock.TimerCount);
    }

    [Fact]
    public void Timer_DueBeyondTime_NeitherOverflowsNorFires()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = new List<(string Name, long After)>();
        using var timer = clock.CreateTimer(_ => fired.Add(("never", 0)), null, TimeSpan.MaxValue, TimeSpan.MaxValue);

        clock.Advance(DateTimeOffset.MaxValue - Start);

        Assert.Empty(fired);
        Assert.Equal(1, clock.TimerCount);
    }

    [Fact]
    public void Timer_WithALongPeriodNearTheEndOfTime_FiresOnce()
    {
        var clock = new VirtualTimeProvider(DateTimeOffset.MaxValue.AddTicks(-100));
        var fired = 0;
        using var timer = clock.CreateTimer(_ => fired++, null, TimeSpan.FromTicks(50), TimeSpan.MaxValue);

        clock.Advance(TimeSpan.FromTicks(100));

        Assert.Equal(1, fired);
    }

    [Fact]
    public async Task Delay_OnTheClock_CompletesWhenTheClockIsMoved()
    {
        var clock = new VirtualTimeProvider(Start);
        var delay = Task.Delay(TimeSpan.FromHours(1), clock);

        clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        Assert.False(delay.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await delay;
    }

    [Fact]
    public async Task CancellationTokenSource_OnTheClock_CancelsWhenTheClockIsMoved()
    {
        var clock = new VirtualTimeProvider(Start);
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(5), clock);

        clock.Advance(TimeSpan.FromSeconds(4));
        Assert.False(source.IsCancellationRequested);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(source.IsCancellationRequested);
        await Assert.ThrowsAsync<TaskCanceledException>(() => Task.Delay(Timeout.InfiniteTimeSpan, clock, source.Token));
    }

    [Fact]
    public void Advance_FromManyThreads_AddsUpAndFiresEachTimerOnce()
    {
        var clock = new VirtualTimeProvider(Start);
        var fired = 0;
        var timers = Enumerable.Range(1, 400)
            .Select(i => clock.CreateTimer(_ => Interlocked.Increment(ref fired), null, TimeSpan.FromTicks(i), Timeout.InfiniteTimeSpan))
            .ToArray();

        Parallel.For(0, 400, _ => clock.Advance(TimeSpan.FromTicks(1)));

        Assert.Equal(Start.AddTicks(400), clock.GetUtcNow());
        Assert.Equal(400, fired);
        Array.ForEach(timers, t => t.Dispose());
    }

    private static ITimer Timer(VirtualTimeProvider clock, List<(string Name, long After)> fired, string name, long due) =>
        clock.CreateTimer(
            _ => fired.Add((name, (clock.GetUtcNow() - Start).Ticks)), null, TimeSpan.FromTicks(due), Timeout.InfiniteTimeSpan);
}
