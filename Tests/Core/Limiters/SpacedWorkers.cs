using Throttle.Core.Limiters;
using Throttle.Core.Time;
using Throttle.Tests.Core.Limiters.Models;

namespace Throttle.Tests.Core.Limiters;

/// <summary>Workers that reserve, oversleep, ask, run late, report late, and die at each point, on one bucket; and what must hold of them.</summary>
internal sealed class SpacedWorkers(Spacing limiter, long interval, int reservations, long grace)
{
    private const long Start = 638_712_345_678_901_237;
    private readonly PriorityQueue<Action, (long At, int Number)> _events = new();
    private readonly List<long> _ran = [];
    private SpacingState _state = limiter.Create(Start);
    private long _now = Start;
    private int _count;

    /// <summary>One worker a step: Pace and Time say when it comes, Wait how late it is each time, Cost where it dies, Kind what else befalls it.</summary>
    public void Run(IEnumerable<Step> steps)
    {
        var at = Start;
        foreach (var step in steps)
        {
            at += step.Pace < 40 ? step.Time % 3 : Share(step.Pace < 90 ? interval : 20 * interval, step.Time);
            var worker = step;
            Later(at, () => Arrive(worker));
        }

        while (_events.TryDequeue(out var happen, out var due))
        {
            _now = due.At;
            happen();
            Check();
        }

        _ran.Sort();
        for (var i = 1; i < _ran.Count; i++)
        {
            Assert.True(_ran[i] - _ran[i - 1] >= interval, $"calls ran at {_ran[i - 1]} and {_ran[i]}, {_ran[i] - _ran[i - 1]} ticks apart");
        }
    }

    private static long Share(long of, int thousandths) => (long)((Int128)of * thousandths / 1_000);

    private void Later(long at, Action happen) => _events.Enqueue(happen, (at, _count++));

    private void Arrive(Step worker)
    {
        var decision = limiter.Acquire(ref _state, 1, _now, worker.Kind % 5 == 0 ? 0 : Ticks.Never);
        if (!decision.IsAllowed)
        {
            return;
        }

        if (worker.Cost < 8)
        {
            Later(_now + (decision.DelayTicks / 2), () => limiter.Return(ref _state, decision.Grant, _now));
        }
        else if (worker.Cost >= 16)
        {
            Later(decision.Grant.ValidAt + Lateness(worker), () => Begin(worker, decision.Grant, tries: 0));
        }
    }

    // Up to twice the grace; a third of the workers are never late.
    private long Lateness(Step worker) => worker.Wait < 333 ? 0 : Share(2 * grace, worker.Wait - 333);

    private void Begin(Step worker, Grant grant, int tries)
    {
        var answer = limiter.Begin(ref _state, grant, 0, _now);
        switch (answer.Outcome)
        {
            case BeginOutcome.Wait:
                Later(_now + answer.WaitTicks + Lateness(worker), () => Begin(worker, grant, tries));
                break;
            case BeginOutcome.Expired:
                Assert.True(Lateness(worker) > 0, $"a worker that was never late expired at {_now}, granted {grant.ValidAt}");
                break;
            case BeginOutcome.Begun when worker.Kind is >= 80 and < 90 && tries == 0:
                // The answer is lost, and it asks again.
                Later(_now + 1, () => Begin(worker, grant, tries: 1));
                break;
            default:
                Go(worker, grant, answer.WithinTicks);
                break;
        }
    }

    private void Go(Step worker, Grant grant, long within)
    {
        if (worker.Cost < 24)
        {
            return;
        }

        var runs = _now + Share(within, worker.Time);
        Later(runs, () =>
        {
            _ran.Add(_now);
            if (worker.Cost >= 32)
            {
                // The message takes its time, and what is told is the latest instant at which it can have run.
                var told = runs + Share(within, worker.Wait);
                Later(told, () => limiter.Ran(ref _state, grant, told, _now));
            }
        });
    }

    private void Check()
    {
        var ahead = 0;
        for (var i = 0; i < _state.Slots.Count; i++)
        {
            ahead += _state.Slots[i].At > _now ? 1 : 0;
        }

        Assert.InRange(ahead, 0, reservations);
        var again = limiter.Restore(limiter.Save(_state));
        Assert.True(limiter.Covers(again, _state, _now));
        _state = again;
    }
}
