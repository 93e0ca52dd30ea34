using System.Collections.Concurrent;
using System.Globalization;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Engine;

/// <summary>
/// Everything at once on real threads: acquiring, waiting, cancelling, reserving, returning, renewing, resetting, changing
/// rules, moving the clock. Afterwards nothing may be left: no waiter, no timer, no bucket, no permit held by nobody.
/// </summary>
public sealed class StressTests
{
    private const int Threads = 6;
    private const int Steps = 2_500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Traffic_OnManyThreads_LeavesNothingBehind(int seed, bool mayChangeRules)
    {
        var time = new VirtualTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var rules = new LocalRules(RulesOf(0));
        using var throttle = new LocalThrottle(rules, new() { TimeProvider = time, MaxBuckets = 60 });
        var waiting = new ConcurrentBag<Task<Decision>>();
        var isOver = false;
        var mover = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                time.Advance(TimeSpan.FromMilliseconds(7));
                Thread.Yield();
            }
        });
        var threads = Enumerable.Range(0, Threads).Select(i => new Thread(
            () => new Traffic(throttle, rules, new Random((seed * 100) + i), waiting, mayChangeRules).Run())).ToArray();

        mover.Start();
        Array.ForEach(threads, t => t.Start());
        var areDone = threads.All(t => t.Join(Patience));
        Volatile.Write(ref isOver, true);
        Assert.True(areDone && mover.Join(Patience), $"Threads still ran after {Patience}: something waits for ever.");

        await DrainAsync(time, throttle, waiting);
        await AssertAllIsFreeAsync(throttle, rules);
    }

    /// <summary>One bucket, and nothing but zero-wait calls, waiters and cancellations: no permit is lost or granted twice.</summary>
    [Fact]
    public async Task Cancellations_AgainstTimersAndCallers_ConserveEveryPermit()
    {
        var time = new VirtualTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var throttle = new LocalThrottle(
            new LocalRules([LimitBy.TokenBucket("a", 5, "100/s")]), new() { TimeProvider = time });
        var waiting = new ConcurrentBag<Task<Decision>>();
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() =>
        {
            var random = new Random(i);
            for (var step = 0; step < 4_000; step++)
            {
                using var cancel = new CancellationTokenSource();
                waiting.Add(throttle.AcquireAsync(new([], 1, TimeSpan.FromMilliseconds(random.Next(200))), cancel.Token).AsTask());
                if (i == 0)
                {
                    time.Advance(TimeSpan.FromMilliseconds(random.Next(12)));
                }

                if (random.Next(3) > 0)
                {
                    cancel.Cancel();
                }
            }
        })).ToArray();

        Array.ForEach(threads, t => t.Start());
        Assert.True(threads.All(t => t.Join(Patience)), $"Threads still ran after {Patience}.");
        await DrainAsync(time, throttle, waiting);

        await AssertAtMostFiveAtOnceAsync(waiting);
    }

    /// <summary>On the system's clock and timers: served in order, and nobody early.</summary>
    [Fact]
    public async Task SystemClock_Waiters_AreNeverEarly()
    {
        using var throttle = new LocalThrottle(LimitBy.TokenBucket("a", 1, "400/s"), LimitBy.Concurrency("c", 1, "1h", "job"));
        var start = TimeProvider.System.GetTimestamp();
        var tasks = Enumerable.Range(0, 200).Select(async i =>
        {
            using var cancel = new CancellationTokenSource();
            var asking = throttle.AcquireAsync(new([], 1, TimeSpan.FromSeconds(50)), cancel.Token).AsTask();
            if (i % 4 == 3)
            {
                await cancel.CancelAsync();
            }

            await ((Task)asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return (IsServed: asking.IsCompletedSuccessfully, Elapsed: TimeProvider.System.GetElapsedTime(start));
        }).ToArray();

        var served = (await Task.WhenAll(tasks).WaitAsync(Patience)).Where(t => t.IsServed).Select(t => t.Elapsed).Order().ToArray();

        Assert.True(served.Length >= 150, $"{served.Length} were served; 150 did not cancel.");
        for (var i = 0; i < served.Length; i++)
        {
            Assert.True(served[i] >= i * TimeSpan.FromMilliseconds(2.5), $"The caller at place {i} went after {served[i]}.");
        }

        Assert.Equal(0, throttle.WaiterCount);
    }

    private static async Task AssertAtMostFiveAtOnceAsync(ConcurrentBag<Task<Decision>> asked)
    {
        var went = new List<long>();
        foreach (var task in asked.Where(t => t.IsCompletedSuccessfully))
        {
            if ((await task).IsAllowed)
            {
                went.Add((await task).At.UtcTicks);
            }
        }

        went.Sort();
        Assert.True(went.Count > 1_000, $"Only {went.Count} went.");
        for (var i = 5; i < went.Count; i++)
        {
            Assert.True(went[i] - went[i - 5] >= 100_000, $"Six went within 10 ms, from {went[i - 5]} to {went[i]}.");
        }
    }

    private static async Task DrainAsync(VirtualTimeProvider time, LocalThrottle throttle, ConcurrentBag<Task<Decision>> waiting)
    {
        // Those whose rule changed ask again, on threads of the pool.
        for (var i = 0; i < 2_000 && waiting.Any(t => !t.IsCompleted); i++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAny(Task.WhenAll(waiting), Task.Run(() => { }));
        }

        Assert.True(waiting.All(t => t.IsCompleted), $"{waiting.Count(t => !t.IsCompleted)} were never answered.");
        Assert.DoesNotContain(waiting, t => t.IsFaulted);
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal((0, 0L), (throttle.WaiterCount, throttle.BucketCount));
        Assert.Equal(0, time.TimerCount);
    }

    private static async Task AssertAllIsFreeAsync(LocalThrottle throttle, LocalRules rules)
    {
        foreach (var rule in rules.Current.Rules)
        {
            for (var key = 0; key < 5; key++)
            {
                var shown = (await throttle.InspectAsync(rule.Id, rule.Key.Count == 0 ? "" : Text(key)))!.Value.Limiter;
                Assert.Equal((shown.Limit, 0L), (shown.Remaining, shown.ResetAfterTicks));
            }
        }
    }

    private static string Text(int key) => key.ToString(CultureInfo.InvariantCulture);

    private static Rule[] RulesOf(int version)
    {
        var onChange = (Throttle.Core.Limiters.OnChange)(version % 4);
        Rule[] rules =
        [
            LimitBy.TokenBucket("rate", 3 + (version % 3), version % 2 == 0 ? "40/s" : "25/s", "user"),
            LimitBy.Concurrency("jobs", 1 + (version % 2), version % 3 == 0 ? "2s" : "1s", "job"),
            version % 5 == 4 ? LimitBy.SlidingLog("shape", 4, "100ms", "user") : LimitBy.FixedWindow("shape", 4, "100ms", "user"),
            LimitBy.Spacing("space", "10ms", 2 + (version % 6), "path"),
            LimitBy.SlidingWindow("watch", 2, "200ms") with { Mode = RuleMode.Shadow },
        ];
        return [.. rules.Where((_, i) => version % 7 != i + 1).Select(r => r with { OnChange = onChange })];
    }

    private sealed class Traffic(
        LocalThrottle throttle, LocalRules rules, Random random, ConcurrentBag<Task<Decision>> waiting, bool mayChangeRules)
    {
        private static readonly string[] Names = ["user", "job", "path"];
        private readonly List<CancellationTokenSource> _cancels = [];
        private readonly List<Task<Decision>> _mine = [];

        public void Run()
        {
            for (var step = 0; step < Steps; step++)
            {
                Step();
            }

            foreach (var cancel in _cancels)
            {
                if (random.Next(2) == 0)
                {
                    cancel.Cancel();
                }
            }
        }

        private void Step()
        {
            var kind = random.Next(24);
            switch (kind)
            {
                case < 9:
                    Ask(TimeSpan.FromMilliseconds(random.Next(0, 400)), mayCancel: true);
                    break;
                case < 13:
                    Ask(TimeSpan.Zero, mayCancel: false);
                    break;
                case < 18 when _cancels.Count > 0:
                    _cancels[random.Next(_cancels.Count)].Cancel();
                    break;
                case < 22 when _mine.Count > 0:
                    GiveBack();
                    break;
                case 22:
                    var rule = rules.Current.Rules[random.Next(rules.Current.Rules.Length)];
                    _ = throttle.ResetAsync(rule.Id, rule.Key.Count == 0 ? "" : Text(random.Next(5)));
                    break;
                case 23 when mayChangeRules && random.Next(8) == 0:
                    rules.Replace(RulesOf(random.Next(200)));
                    break;
                default:
                    Thread.Yield();
                    break;
            }
        }

        private void Ask(TimeSpan wait, bool mayCancel)
        {
            var attributes = Names.Where(_ => random.Next(2) == 0).Select(n => (n, Text(random.Next(5)))).ToArray();
            var request = new ThrottleRequest(new Attributes(attributes), random.Next(4) == 0 ? 2 : 1, wait);
            var cancel = new CancellationTokenSource();
            _cancels.Add(cancel);
            var asking = mayCancel && random.Next(4) == 0
                ? throttle.ReserveAsync(request, cancel.Token)
                : throttle.AcquireAsync(request, mayCancel ? cancel.Token : CancellationToken.None);
            var task = asking.AsTask();
            _mine.Add(task);
            waiting.Add(task);
        }

        private void GiveBack()
        {
            var place = random.Next(_mine.Count);
            if (_mine[place] is not { IsCompletedSuccessfully: true } task)
            {
                return;
            }

            _mine.RemoveAt(place);
            if (task.Result is not { Lease: { } lease } decision)
            {
                _ = throttle.ReturnAsync(task.Result);
            }
            else if (random.Next(3) == 0)
            {
                _ = throttle.RenewLeaseAsync(lease);
                _mine.Add(task);
            }
            else
            {
                _ = random.Next(2) == 0 ? throttle.EndLeaseAsync(lease) : throttle.ReturnAsync(decision);
            }
        }
    }
}
