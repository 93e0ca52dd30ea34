using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Engine;

/// <summary>A waiter that cancels leaves no trace, whatever the algorithm: the others go as if it had never come.</summary>
public sealed class NoTraceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("fixed-window")]
    [InlineData("sliding-window")]
    [InlineData("sliding-log")]
    [InlineData("spacing")]
    [InlineData("queue")]
    [InlineData("bandwidths")]
    [InlineData("leaky-bucket")]
    public async Task Cancel_AnyAlgorithm_LeavesNoTrace(string algorithm)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            await RunAsync(algorithm, new Random(seed), seed);
        }
    }

    /// <summary>Undoing a reservation must not undo what was taken after an earlier permit came back.</summary>
    [Fact]
    public async Task Cancel_AfterAPermitCameBack_UndoesNothingTakenSince()
    {
        await using var engine = new LocalHarness([LimitBy.SlidingWindow("a", 10, "10s")]);
        var early = await engine.Throttle.AcquireAsync([], 10);
        await engine.AdvanceAsync(TimeSpan.FromSeconds(11));
        using var cancel = new CancellationTokenSource();
        var waiter = engine.Throttle.AcquireAsync(new([], 5, TimeSpan.FromSeconds(9)), cancel.Token).AsTask();
        Assert.False(waiter.IsCompleted);
        Assert.True(await engine.Throttle.ReturnAsync(early));
        Assert.True((await engine.Throttle.AcquireAsync([], 5)).IsAllowed);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiter.WaitAsync(Patience));
        Assert.Equal(5, (await engine.Throttle.InspectAsync("a", ""))!.Value.Limiter.Remaining);
    }

    /// <summary>Whatever is reserved, returned and cancelled, nobody is told one instant and served at a later one.</summary>
    [Theory]
    [InlineData("fixed-window")]
    [InlineData("sliding-window")]
    [InlineData("sliding-log")]
    [InlineData("spacing")]
    [InlineData("queue")]
    [InlineData("bandwidths")]
    [InlineData("leaky-bucket")]
    public async Task Wait_AnyTraffic_IsNeverLongerThanWasAccepted(string algorithm)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            await RunTrafficAsync(algorithm, new Random(seed), seed);
        }
    }

    private static async Task RunTrafficAsync(string algorithm, Random random, int seed)
    {
        var limit = algorithm is "spacing" or "queue" ? 1 : random.Next(2, 6);
        await using var engine = new LocalHarness([RuleOf(algorithm, limit)]);
        var waiting = new List<(Task<Decision> Task, CancellationTokenSource Cancel, DateTimeOffset Latest)>();
        var held = new List<Decision>();
        for (var step = 0; step < 80; step++)
        {
            var wait = TimeSpan.FromSeconds(random.Next(0, 60));
            var request = new ThrottleRequest([], random.NextInt64(1, limit + 1), wait);
            switch (random.Next(6))
            {
                case 0 or 1:
                    var cancel = new CancellationTokenSource();
                    waiting.Add((engine.Throttle.AcquireAsync(request, cancel.Token).AsTask(), cancel, engine.Now + wait));
                    break;
                case 2:
                    held.Add(await engine.Throttle.ReserveAsync(request));
                    break;
                case 3 when held.Count > 0:
                    var given = random.Next(held.Count);
                    await engine.Throttle.ReturnAsync(held[given]);
                    held.RemoveAt(given);
                    break;
                case 4 when waiting.Count > 0:
                    await waiting[random.Next(waiting.Count)].Cancel.CancelAsync();
                    break;
                default:
                    await engine.AdvanceAsync(TimeSpan.FromMilliseconds(random.Next(0, 5000)));
                    break;
            }
        }

        await engine.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(0, engine.Local.WaiterCount);
        await AssertInTimeAsync(waiting, seed);
    }

    private static async Task AssertInTimeAsync(
        List<(Task<Decision> Task, CancellationTokenSource Cancel, DateTimeOffset Latest)> waiting, int seed)
    {
        foreach (var (task, cancel, latest) in waiting)
        {
            await ((Task)task).WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Assert.True(task.IsCompleted, $"seed {seed}: somebody was never served.");
            Assert.True(task.IsCanceled || !(await task).IsAllowed || (await task).At <= latest, $"seed {seed}: served too late.");
            cancel.Dispose();
        }
    }

    private static async Task RunAsync(string algorithm, Random random, int seed)
    {
        var limit = algorithm is "spacing" or "queue" ? 1 : random.Next(2, 6);
        var rule = RuleOf(algorithm, limit);
        await using var with = new LocalHarness([rule]);
        await using var without = new LocalHarness([rule]);
        await with.Throttle.AcquireAsync([], limit);
        await without.Throttle.AcquireAsync([], limit);
        var cancels = new List<CancellationTokenSource>();
        var (stay, stayAlone, leave) = (new List<Task<Decision>>(), new List<Task<Decision>>(), new List<Task<Decision>>());
        for (var i = 0; i < 12; i++)
        {
            var request = new ThrottleRequest([], random.NextInt64(1, limit + 1), TimeSpan.FromHours(2));
            if (random.Next(2) == 0)
            {
                cancels.Add(new());
                leave.Add(with.Throttle.AcquireAsync(request, cancels[^1].Token).AsTask());
            }
            else
            {
                stay.Add(with.Throttle.AcquireAsync(request).AsTask());
                stayAlone.Add(without.Throttle.AcquireAsync(request).AsTask());
            }
        }

        foreach (var cancel in cancels.OrderBy(_ => random.Next()))
        {
            await cancel.CancelAsync();
            cancel.Dispose();
        }

        await with.AdvanceAsync(TimeSpan.FromHours(2));
        await without.AdvanceAsync(TimeSpan.FromHours(2));
        foreach (var task in leave)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.WaitAsync(Patience));
        }

        Assert.Equal(await InstantsAsync(stayAlone), await InstantsAsync(stay));
        Assert.True(with.Local.WaiterCount == 0, $"{algorithm}, seed {seed}: somebody still waits.");
    }

    private static async Task<string> InstantsAsync(List<Task<Decision>> tasks) =>
        string.Join(' ', (await Task.WhenAll(tasks).WaitAsync(Patience)).Select(d => d.At.TimeOfDay));

    private static Rule RuleOf(string algorithm, int limit) => algorithm switch
    {
        "fixed-window" => LimitBy.FixedWindow("a", limit, "10s"),
        "sliding-window" => LimitBy.SlidingWindow("a", limit, "10s"),
        "sliding-log" => LimitBy.SlidingLog("a", limit, "10s"),
        "spacing" => LimitBy.Spacing("a", "3s", 20),
        "queue" => LimitBy.Queue("a", 1000, "3/7s"),
        "leaky-bucket" => LimitBy.LeakyBucket("a", limit, "3/7s"),
        _ => new Rule
        {
            Id = "a",
            Limit = new TokenBucketSpec([new(limit, new(3, 70_000_000)), new(limit + 3, new(7, 190_000_001))]),
        },
    };
}
