using System.Numerics;
using Throttle.Core.Limiters;
using Throttle.Core.Queues;
using Throttle.Core.Time;
using Throttle.Tests.Core.Limiters.Models;

namespace Throttle.Tests.Core.Queues;

/// <summary>
/// A queue of work through anything that may happen to it: late timers, slow and failing deliveries, cancelling, callers that
/// wait in the same line, restarts. What it must keep is written down plainly.
/// </summary>
public sealed class WorkQueueModelTests
{
    private const long Start = 638_712_345_678_901_237;

    private static readonly QueueSpec[] Specs =
    [
        new(5, new Rate(1, 1_000)),
        new(20, new Rate(3, 1_000)),
        new(3, new Rate(1, 1_000), 1_500),
        new(10, new Rate(7, 10_000_019)),
        new(1, new Rate(1, 50)),
    ];

    [Fact]
    public void AnySteps_KeepOrderRateAndCount() => Step.Check(2_001, 2_000, Step.Sequences(Specs.Length, 120), (number, steps) =>
    {
        var run = new Run(Specs[number]);
        foreach (var step in steps)
        {
            run.Do(step);
        }

        run.Finish();
    });

    private sealed class Run(QueueSpec spec)
    {
        private const int Attempts = 3;

        private readonly BucketTurns _turns = new(spec, Start);
        private readonly List<string> _line = [];
        private readonly List<long> _begun = [];
        private readonly List<Grant> _waited = [];
        private readonly Dictionary<string, int> _tries = [];
        private WorkQueue _queue = new(spec);
        private WorkCounts _counts;
        private WorkItem? _underWay;
        private long _now = Start;
        private int _made;

        public void Do(Step step)
        {
            Pass(step);
            switch (step.Kind)
            {
                case < 35:
                    Enqueue();
                    break;
                case < 45:
                    var waiting = _turns.Bucket.Acquire(1, _now, step.Wait * spec.IntervalTicks / 100);
                    _waited.AddRange(waiting.IsAllowed ? [waiting.Grant] : []);
                    break;
                case < 52 when _line.Count > 0:
                    Cancel(_line[step.Time % _line.Count]);
                    break;
                case < 55 when _queue.FailedCount > 0:
                    PutBack(_queue.ListFailed()[step.Time % _queue.FailedCount].Id);
                    break;
                case < 60 when _underWay is null:
                    Restart(keepsTurns: step.Time % 2 == 0);
                    break;
                case < 85:
                    End(step.Cost switch { < 70 => WorkResult.Done, < 100 => WorkResult.Retry("again"), _ => WorkResult.Failed("never") }, step.Wait);
                    break;
            }

            Ask();
        }

        /// <summary>Everything that is left is delivered or too old, without anybody's help but a timer's.</summary>
        public void Finish()
        {
            for (var i = 0; _queue.Length > 0; i++)
            {
                Assert.True(i < 10_000, $"{_queue.Length} are left at {_now - Start}; wake at {_queue.WakeAt}.");
                End(WorkResult.Done, 0);
                Ask();
                _now = _underWay is null && _queue.Length > 0 ? Math.Max(_now, Woken()) : _now;
            }

            Count();
            Assert.Empty(_line);
            Assert.Equal(_counts.Queued, _counts.Delivered + _counts.Failed + _counts.Expired + _counts.Cancelled);
            CheckRate();
        }

        private long Woken()
        {
            Assert.True(_queue.WakeAt < Ticks.Never, "Work is in line, and nothing wakes it up.");
            return _queue.WakeAt;
        }

        private void Pass(Step step) => _now += step.Pace switch
        {
            < 30 => 0,
            < 50 when _underWay is null && _queue.WakeAt < Ticks.Never => Math.Max(0, _queue.WakeAt - _now) + (step.Time % 3),
            < 80 => spec.IntervalTicks * step.Time / 1_000,
            < 95 => spec.IntervalTicks * step.Time / 200,
            _ => spec.IntervalTicks * step.Time / 10,
        };

        private void Enqueue()
        {
            var id = $"{_made++}";
            var answer = _queue.Enqueue(new(id, new byte[_made % 50]), _turns, _now);
            if (answer.IsAccepted)
            {
                _line.Add(id);
                Assert.True(answer.Receipt.DueAt >= _now, "Its turn is before it came.");
                Assert.Equal(answer.Receipt, _queue.Enqueue(new(id, default), _turns, _now).Receipt);
            }

            Assert.True(_queue.Length <= spec.Capacity, $"{_queue.Length} are in line.");
        }

        private void Cancel(string id)
        {
            var isUnderWay = _underWay?.Id == id;
            Assert.Equal(isUnderWay ? WorkEdit.BeingDelivered : WorkEdit.Done, _queue.Cancel(id, _turns, _now));
            if (!isUnderWay)
            {
                _line.Remove(id);
            }
        }

        private void PutBack(string id)
        {
            if (_queue.PutBack(id, _turns, _now) == WorkEdit.Done)
            {
                _line.Add(id);
                _tries.Remove(id);
            }
        }

        private void Restart(bool keepsTurns)
        {
            Count();
            if (!keepsTurns)
            {
                _turns.Bucket = Throttle.Core.Engine.Bucket.CreateSpent(spec, _now);
                _turns.Given.RemoveAll(turn => turn.ValidAt > _now);
                _waited.RemoveAll(turn => turn.ValidAt > _now);
            }

            _queue = WorkQueue.Restore(spec, _queue.Save(), keepsTurns);
        }

        private void End(WorkResult result, int backoff)
        {
            if (_underWay is not { } item)
            {
                return;
            }

            _underWay = null;
            _queue.End(result, Attempts, 1 + (spec.IntervalTicks * backoff / 500), _now);
            if (result.Kind != WorkResultKind.Retry || _tries[item.Id] == Attempts)
            {
                Assert.Equal(_line[0], item.Id);
                _line.RemoveAt(0);
            }
        }

        private void Ask()
        {
            var item = _queue.Next(_turns, _now);
            DropExpired();
            if (item is not null)
            {
                Assert.Null(_underWay);
                Assert.Equal(_line[0], item.Id);
                Assert.Equal(_tries[item.Id] = _tries.GetValueOrDefault(item.Id) + 1, item.Attempts);
                _underWay = item;
                _begun.Add(_now);
            }
            else if (_underWay is null)
            {
                Assert.Equal(_queue.Length > 0, _queue.WakeAt < Ticks.Never);
                Assert.True(_queue.WakeAt > _now);
            }

            Assert.Equal(_line.Count, _queue.Length);
        }

        /// <summary>What is gone though nobody took it must have been too old.</summary>
        private void DropExpired()
        {
            var held = _queue.Save().Items.Select(i => i.Id).ToHashSet();
            var gone = _line.Where(id => !held.Contains(id)).ToArray();
            Assert.True(gone.Length == 0 || spec.MaxAgeTicks is not null, "Work is gone.");
            foreach (var id in gone)
            {
                _line.Remove(id);
            }

            var before = _counts.Expired;
            Count();
            Assert.Equal(gone.Length, _counts.Expired - before);
        }

        private void Count()
        {
            var more = _queue.TakeCounts();
            _counts.Queued += more.Queued;
            _counts.Delivered += more.Delivered;
            _counts.Failed += more.Failed;
            _counts.Expired += more.Expired;
            _counts.Cancelled += more.Cancelled;
        }

        private void CheckRate()
        {
            for (var first = 0; first < _begun.Count; first++)
            {
                for (var last = first; last < _begun.Count; last++)
                {
                    var most = ((BigInteger)(_begun[last] - _begun[first]) * spec.Drain.Permits) + (2 * (BigInteger)spec.Drain.PeriodTicks);
                    Assert.True(
                        (last - first + 1) * (BigInteger)spec.Drain.PeriodTicks <= most,
                        $"{last - first + 1} were delivered from {_begun[first] - Start} to {_begun[last] - Start}.");
                }
            }
        }
    }
}
