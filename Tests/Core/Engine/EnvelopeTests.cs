using System.Numerics;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Engine;

/// <summary>Random traffic on one bucket: waiting, cancelling, reserving, giving back. The promise must hold at the instants at which callers go.</summary>
public sealed class EnvelopeTests
{
    [Fact]
    public async Task Waiting_WithRandomCancellations_NeverExceedsBurstPlusRateTimesInterval()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            await RunAsync(seed, mayReserve: seed % 3 == 0);
        }
    }

    /// <summary>With waiters only, a cancelled one leaves no trace: who waits goes as if it had never come.</summary>
    [Fact]
    public async Task Waiting_CancelledCallers_LeaveNoTrace()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var rule = LimitBy.TokenBucket("a", random.Next(1, 6), $"{random.Next(1, 4)}/{random.Next(1, 5)}s", "user");
            var capacity = ((TokenBucketSpec)rule.Limit).Bandwidths[0].Capacity;
            await using var with = new LocalHarness([rule]);
            await using var without = new LocalHarness([rule]);
            await with.Throttle.AcquireAsync([("user", "1")], capacity);
            await without.Throttle.AcquireAsync([("user", "1")], capacity);
            using var cancel = new CancellationTokenSource();
            var (stay, stayAlone, leave) = (new List<Task<Decision>>(), new List<Task<Decision>>(), new List<Task<Decision>>());
            for (var i = 0; i < 12; i++)
            {
                var request = new ThrottleRequest([("user", "1")], random.NextInt64(1, capacity + 1), TimeSpan.FromHours(1));
                if (random.Next(2) == 0)
                {
                    leave.Add(with.Throttle.AcquireAsync(request, cancel.Token).AsTask());
                }
                else
                {
                    stay.Add(with.Throttle.AcquireAsync(request).AsTask());
                    stayAlone.Add(without.Throttle.AcquireAsync(request).AsTask());
                }
            }

            await cancel.CancelAsync();
            await with.AdvanceAsync(TimeSpan.FromHours(1));
            await without.AdvanceAsync(TimeSpan.FromHours(1));

            foreach (var task in leave)
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.WaitAsync(TimeSpan.FromSeconds(30)));
            }

            Assert.Equal(
                (await Task.WhenAll(stayAlone)).Select(d => d.At - DateTimeOffset.UnixEpoch),
                (await Task.WhenAll(stay)).Select(d => d.At - DateTimeOffset.UnixEpoch));
        }
    }

    private static async Task RunAsync(int seed, bool mayReserve)
    {
        var random = new Random(seed);
        var rate = new Rate(random.Next(1, 8), random.Next(10, 40) * random.Next(1, 1000));
        var capacity = random.Next(1, 7);
        await using var engine = new LocalHarness(
            [new Rule { Id = "a", Key = ["user"], Limit = new TokenBucketSpec(capacity, rate) }]);
        var traffic = new Traffic(engine, random, capacity, rate.PeriodTicks);
        for (var step = 0; step < 120; step++)
        {
            await traffic.StepAsync(mayReserve);
        }

        await engine.AdvanceAsync(TimeSpan.FromTicks(rate.PeriodTicks * 100));
        AssertEnvelope(await traffic.WentAsync(), capacity, rate, seed);
    }

    private static void AssertEnvelope(List<(long At, long Cost)> went, long capacity, Rate rate, int seed)
    {
        went.Sort();
        for (var first = 0; first < went.Count; first++)
        {
            BigInteger total = 0;
            for (var last = first; last < went.Count; last++)
            {
                total += went[last].Cost;
                var most = ((BigInteger)capacity * rate.PeriodTicks) + ((BigInteger)(went[last].At - went[first].At) * rate.Permits);
                Assert.True(
                    total * rate.PeriodTicks <= most,
                    $"seed {seed}: {total} permits went from {went[first].At} to {went[last].At}; at most {(double)most / rate.PeriodTicks} may.");
            }
        }
    }

    private sealed class Traffic(LocalHarness engine, Random random, int capacity, long periodTicks)
    {
        private readonly List<(Task<Decision> Task, CancellationTokenSource Cancel, long Cost)> _waiting = [];
        private readonly List<Decision> _held = [];

        public async Task StepAsync(bool mayReserve)
        {
            var request = new ThrottleRequest(
                [("user", "1")], random.Next(1, capacity + 1), TimeSpan.FromTicks(random.NextInt64(0, periodTicks * 6)));
            switch (random.Next(mayReserve ? 6 : 4))
            {
                case 0 or 1:
                    var cancel = new CancellationTokenSource();
                    _waiting.Add((engine.Throttle.AcquireAsync(request, cancel.Token).AsTask(), cancel, request.Cost));
                    break;
                case 2 when _waiting.Count > 0:
                    await _waiting[random.Next(_waiting.Count)].Cancel.CancelAsync();
                    break;
                case 4:
                    _held.Add(await engine.Throttle.ReserveAsync(request));
                    break;
                case 5 when _held.FindAll(d => d.At > engine.Now) is { Count: > 0 } future:
                    var given = future[random.Next(future.Count)];
                    await engine.Throttle.ReturnAsync(given);
                    _held.Remove(given);
                    break;
                default:
                    await engine.AdvanceAsync(TimeSpan.FromTicks(random.NextInt64(0, periodTicks)));
                    break;
            }
        }

        public async Task<List<(long At, long Cost)>> WentAsync()
        {
            var went = _held.Where(d => d.IsAllowed).Select(d => (d.At.UtcTicks, d.Rules[0].Limiter.Grant.Permits)).ToList();
            foreach (var (task, cancel, cost) in _waiting)
            {
                await ((Task)task).WaitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancel.Dispose();
                Assert.True(task.IsCompleted, "A waiter's hour has come, but it was not served.");
                if (task.IsCompletedSuccessfully && (await task).IsAllowed)
                {
                    went.Add(((await task).At.UtcTicks, cost));
                }
            }

            return went;
        }
    }
}
