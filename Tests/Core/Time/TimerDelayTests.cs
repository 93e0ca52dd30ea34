using Throttle.Core.Local;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Time;

public sealed class TimerDelayTests
{
    private readonly VirtualTimeProvider _time = new(new DateTimeOffset(2024, 2, 29, 23, 59, 59, TimeSpan.Zero));

    [Theory]
    [InlineData(0, new long[] { 10 })]
    [InlineData(4, new long[] { 10, 6 })]
    [InlineData(10, new long[] { 10, 0 })]
    [InlineData(25, new long[] { 10, 0 })]
    public void Set_ClockMovedMeanwhile_IsSetAgainToWhatIsLeft(long move, long[] expected)
    {
        var clock = new MonotonicClock(_time);
        var timer = new MovingTimer(_time, [move]);

        TimerDelay.Set(timer, _time, clock, clock.Now + 10);

        Assert.Equal(expected, timer.Delays);
    }

    [Fact]
    public void Set_ClockRuns_EndsAllTheSame()
    {
        var clock = new MonotonicClock(_time);
        var timer = new MovingTimer(_time, [1, 1, 1, 1, 1, 1]);

        TimerDelay.Set(timer, _time, clock, clock.Now + 10);

        Assert.Equal([10, 9, 8], timer.Delays);
    }

    [Fact]
    public async Task Turn_ClockMovedPastItBeforeItWasSet_ComesWithoutAnotherMove()
    {
        var clock = new MonotonicClock(_time);
        var due = clock.Now + 10;
        _time.Advance(TimeSpan.FromTicks(10));

        await Turn.ComesAsync(_time, clock, due, CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Turn_Cancelled_LeavesUnlessItHasCome()
    {
        var clock = new MonotonicClock(_time);
        using var cancel = new CancellationTokenSource();
        var waiting = Turn.ComesAsync(_time, clock, clock.Now + 10, cancel.Token);
        var over = Turn.ComesAsync(_time, clock, clock.Now + 9, cancel.Token);
        _time.Advance(TimeSpan.FromTicks(9));

        await over.WaitAsync(TimeSpan.FromMinutes(1));
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    /// <summary>Whenever it is set, the clock has moved before.</summary>
    private sealed class MovingTimer(VirtualTimeProvider time, long[] moves) : ITimer
    {
        private readonly Queue<long> _moves = new(moves);

        public List<long> Delays { get; } = [];

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Delays.Add(dueTime.Ticks);
            time.Advance(TimeSpan.FromTicks(_moves.TryDequeue(out var move) ? move : 0));
            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
