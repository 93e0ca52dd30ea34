using System.Collections.Concurrent;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Core.Engine;

/// <summary>The acceptance cases of the seeds that need threads: 002 case 5 and 003 case 11.</summary>
public sealed class SeedThreadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A hundred threads, ten calls each, 500 permits and next to no refill: 500 pass.</summary>
    [Fact]
    public void TokenBucket_HundredThreadsOfTenCalls_AllowsExactlyItsCapacity()
    {
        var rule = new Rule { Id = "all", Limit = new TokenBucketSpec(500, new Rate(1, Limits.MaxPeriodTicks)) };
        using var throttle = new LocalThrottle(new LocalRules([rule]), new() { TimeProvider = new VirtualTimeProvider(Start) });
        var answers = new ConcurrentBag<bool>();
        using var gate = new Barrier(100);
        var threads = Enumerable.Range(0, 100).Select(_ => new Thread(() => CallTenTimes(throttle, gate, answers))).ToArray();

        Array.ForEach(threads, t => t.Start());
        foreach (var thread in threads)
        {
            Assert.True(thread.Join(Patience), $"A thread still called after {Patience}; {answers.Count} of 1000 calls were answered.");
        }

        Assert.Equal(1_000, answers.Count);
        Assert.Equal(500, answers.Count(isAllowed => isAllowed));
    }

    /// <summary>Fifty workers, one call in 100 ms, five ahead, 5 s: calls keep their distance, none is early, some are denied.</summary>
    [Fact]
    public async Task Spacing_FiftyConcurrentWorkers_CallOneIntervalApartAndNeverEarly()
    {
        var clock = new VirtualTimeProvider(Start);
        using var throttle = new LocalThrottle(new LocalRules([LimitBy.Spacing("all", "100ms", 5)]), new() { TimeProvider = clock });
        var calls = new List<DateTimeOffset>();
        var denied = 0;
        var workers = new Task<Decision>?[50];
        for (var step = 0; step <= 500; step++)
        {
            // Every worker that does not wait asks again, all at once.
            Parallel.For(0, workers.Length, i => workers[i] ??= AskAsync(throttle));
            await SettleAsync(throttle, workers);
            for (var i = 0; i < workers.Length; i++)
            {
                if (workers[i] is not { IsCompleted: true } answered)
                {
                    continue;
                }

                var decision = await answered;
                workers[i] = null;
                denied += decision.IsAllowed ? 0 : 1;
                if (decision.IsAllowed)
                {
                    Assert.True(clock.GetUtcNow() >= decision.At + decision.Delay, $"called at {clock.GetUtcNow():O}, before its instant");
                    calls.Add(clock.GetUtcNow());
                }
            }

            Assert.True(throttle.WaiterCount <= 5, $"{throttle.WaiterCount} wait, at most five may");
            clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        // Somebody always wants the next slot, so every one is used: 0, 100, … 5,000 ms.
        Assert.Equal(Enumerable.Range(0, 51).Select(i => Start + TimeSpan.FromMilliseconds(100 * i)), calls);
        Assert.True(denied > 0, "Nobody was denied.");
    }

    private static void CallTenTimes(LocalThrottle throttle, Barrier gate, ConcurrentBag<bool> answers)
    {
        gate.SignalAndWait();
        for (var call = 0; call < 10; call++)
        {
            var answer = throttle.AcquireAsync([("user", "42")]);
            if (answer.IsCompletedSuccessfully)
            {
                answers.Add(answer.Result.IsAllowed);
            }
        }
    }

    private static Task<Decision> AskAsync(LocalThrottle throttle) =>
        throttle.AcquireAsync([("user", "42")], 1, TimeSpan.FromHours(1)).AsTask();

    /// <summary>Until everybody who does not wait in the throttle has an answer.</summary>
    private static Task SettleAsync(LocalThrottle throttle, Task<Decision>?[] workers) => Eventually.IsTrueAsync(
        () => workers.Count(w => w is { IsCompleted: false }) == throttle.WaiterCount,
        "every call is answered, or waits in the throttle");
}
