using System.Globalization;
using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Tests.Core.Limiters;

namespace Throttle.Tests.Core.Engine;

/// <summary>
/// A bucket by itself, and the same bucket among those of a process, go through the same random calls and must say the same at
/// the same instants: waiting, leaving, reserving, giving back, renewing, resetting, and rules that change.
/// </summary>
public sealed class BucketAndStoreTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly LimiterSpec[] Specs =
    [
        new TokenBucketSpec(5, new Rate(3, 1_000)),
        new TokenBucketSpec(2, new Rate(7, 5_000)),
        new LeakyBucketSpec(4, new Rate(2, 900)),
        new GcraSpec(new Rate(1, 300), 3),
        new TokenBucketSpec([new Bandwidth(3, new Rate(1, 200)), new Bandwidth(10, new Rate(1, 700))]),
        new FixedWindowSpec(4, 1_000),
        new SlidingWindowSpec(4, 1_000),
        new SlidingLogSpec(4, 1_000),
        new SpacingSpec(250, 6),
        new SpacingSpec(400, 3),
        new QueueSpec(6, new Rate(3, 700)),
        new QueueSpec(3, new Rate(1, 250), 600),
    ];

    private static readonly LimiterSpec[] Leased = [new ConcurrencySpec(3, 1_000), new ConcurrencySpec(5, 700), new ConcurrencySpec(2, 3_000)];

    [Fact]
    public async Task Everything_OfOneAlgorithm_IsTheSame()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            await RunAsync(seed, [Specs[seed % Specs.Length]], 120);
        }
    }

    [Fact]
    public async Task Everything_WithRulesThatChange_IsTheSame()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            await RunAsync(10_000 + seed, Specs, 120);
        }
    }

    [Fact]
    public async Task Everything_WithLeases_IsTheSame()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            await RunAsync(20_000 + seed, Leased, 120);
        }
    }

    [Fact]
    public async Task Everything_FromLeasesToRatesAndBack_IsTheSame()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            await RunAsync(30_000 + seed, [.. Specs.Take(6), .. Leased], 120);
        }
    }

    private static async Task RunAsync(int seed, LimiterSpec[] specs, int steps)
    {
        using var pair = new Pair(new Random(seed), specs);
        for (var step = 0; step < steps; step++)
        {
            try
            {
                await pair.StepAsync();
            }
            catch (Exception fault)
            {
                throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"Seed {seed}, step {step}, {pair.Last}: {fault.Message}"), fault);
            }
        }
    }

    private sealed class Pair : IDisposable
    {
        private readonly VirtualTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        private readonly Random _random;
        private readonly LimiterSpec[] _specs;
        private readonly LocalRules _rules;
        private readonly LocalBuckets _store;
        private readonly List<(BucketWaiter Alone, Task<BucketAnswer> Stored, CancellationTokenSource Cancel)> _waiting = [];
        private readonly List<(Grant Alone, Grant Stored)> _held = [];
        private Bucket _alone;

        public Pair(Random random, LimiterSpec[] specs)
        {
            (_random, _specs) = (random, specs);
            _rules = new([new Rule { Id = "a", Limit = specs[0] }]);
            _store = new(_rules, _time, 1_000, static _ => { });
            _alone = Bucket.Create(specs[0], Now);
        }

        public string Last { get; private set; } = "";

        private long Now => _time.GetUtcNow().UtcTicks;

        /// <summary>Whether the store has forgotten the bucket, as the owner of one by itself may: it is new.</summary>
        private bool IsForgotten => _store.Count == 0 && _alone.IsNew(Now);

        private BucketCall Call(long permits = 0) => new(_rules.Current, 0, "", permits);

        public async Task StepAsync()
        {
            if (IsForgotten)
            {
                _alone = Bucket.Create(_alone.Spec, Now);
            }

            Last = "";
            switch (_random.Next(20))
            {
                case < 3:
                    await AcquireAsync(0);
                    break;
                case < 5:
                    await AcquireAsync(_alone.IsLeased ? 0 : _random.Next(4_000));
                    break;
                case < 10:
                    Wait();
                    break;
                case < 12 when _waiting.Count > 0:
                    await LeaveAsync(_waiting[_random.Next(_waiting.Count)]);
                    break;
                case < 14 when _held.Count > 0:
                    await GiveBackAsync(_random.Next(_held.Count));
                    break;
                case 14 when _alone.IsLeased && _held.Count > 0:
                    await RenewAsync(_held[_random.Next(_held.Count)]);
                    break;
                case 15 when _random.Next(4) == 0:
                    await ResetAsync();
                    break;
                case 16 when _specs.Length > 1 && _random.Next(3) == 0:
                    await ChangeAsync();
                    break;
                default:
                    await AdvanceAsync(_random.Next(400));
                    break;
            }

            await CompareAsync();
        }

        public void Dispose()
        {
            _store.Dispose();
            _waiting.ForEach(w => w.Cancel.Dispose());
        }

        private async Task AcquireAsync(long maxWait)
        {
            var permits = _random.Next(0, 5);
            Last = $"acquire {permits}, wait {maxWait}";
            var stored = (await _store.AcquireAsync(Call(permits), maxWait, awaitTurn: false, default)).Decision;
            var alone = _alone.Acquire(permits, Now, maxWait);
            Assert.Equal(stored.WithoutLeaseId(), alone.WithoutLeaseId());
            if (alone.IsAllowed && permits > 0)
            {
                _held.Add((alone.Grant, stored.Grant));
            }
        }

        private void Wait()
        {
            var (permits, maxWait) = (_random.Next(1, 5), _random.Next(1, 4_000));
            Last = $"wait {maxWait} for {permits}";
            var cancel = new CancellationTokenSource();
            var stored = _store.AcquireAsync(Call(permits), maxWait, awaitTurn: true, cancel.Token).AsTask();
            _waiting.Add((_alone.Wait(permits, Now, maxWait), stored, cancel));
        }

        private async Task LeaveAsync((BucketWaiter Alone, Task<BucketAnswer> Stored, CancellationTokenSource Cancel) waiter)
        {
            Last = "leave";
            await waiter.Cancel.CancelAsync();
            _alone.Leave(waiter.Alone, Now);
        }

        private async Task GiveBackAsync(int index)
        {
            var (alone, stored) = _held[index];
            Last = $"give back {alone}";
            _held.RemoveAt(index);

            // Nothing can be given back to a bucket that the store has forgotten; reservations may outlive it.
            var isThere = _store.Count > 0;
            var (isReturned, isReturnedAlone) = (await _store.ReturnAsync(Call(), stored, default), _alone.Return(alone, Now));
            Assert.True(!isThere || isReturned == isReturnedAlone, $"Stored {isReturned}, alone {isReturnedAlone}.");
        }

        private async Task RenewAsync((Grant Alone, Grant Stored) held)
        {
            Last = "renew";
            Assert.Equal(await _store.RenewAsync(Call(), held.Stored.LeaseId, default), _alone.Renew(held.Alone.LeaseId, Now));
        }

        private async Task ResetAsync()
        {
            Last = "reset";
            Assert.Equal(await _store.ResetAsync(Call(), default), _alone.Reset(Now));
        }

        private async Task ChangeAsync()
        {
            var onChange = (OnChange)_random.Next(4);
            var spec = _specs[_random.Next(_specs.Length)];
            Last = $"change to {spec}, {onChange}";
            var isForgotten = IsForgotten;
            if (_store.Count == 0 && !isForgotten)
            {
                // The store has forgotten the bucket and only remembers what is reserved: other numbers treat that otherwise.
                return;
            }

            var rule = new Rule { Id = "a", Limit = spec, OnChange = onChange };
            await _rules.ReplaceAsync([rule]);
            _alone = isForgotten ? Bucket.Create(spec, Now) : _alone.ChangeTo(spec, rule.OnChangeFrom(_alone.Spec), Now);
            Assert.Equal(spec, _alone.Spec);
        }

        private async Task AdvanceAsync(long ticks)
        {
            Last += $", advance {ticks}";
            var end = Now + ticks;
            while (_alone.NextDueAt <= end)
            {
                _time.AdvanceTo(Ticks.ToInstant(Math.Max(Now, _alone.NextDueAt)));
                _alone.Serve(Now);
                await CompareAsync();
            }

            _time.AdvanceTo(Ticks.ToInstant(end));
        }

        private async Task CompareAsync()
        {
            foreach (var waiter in _waiting.ToArray())
            {
                if (waiter.Alone.Task.IsCompleted)
                {
                    await ((Task)waiter.Stored).WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    _waiting.Remove(waiter);
                    CompareAnswers(waiter.Alone, waiter.Stored);
                    waiter.Cancel.Dispose();
                }

                Assert.True(
                    waiter.Stored.Status == waiter.Alone.Task.Status || !waiter.Stored.IsCompleted && !waiter.Alone.Task.IsCompleted,
                    $"Stored {waiter.Stored.Status}, alone {waiter.Alone.Task.Status}.");
            }

            Assert.Equal(_waiting.Count, _alone.WaiterCount);
            Assert.Equal(_waiting.Count == 0, _alone.NextDueAt == Ticks.Never);
            Assert.Equal((await _store.PeekAsync(Call(2), 500, default)).Decision, _alone.Peek(2, Now, 500));
        }

        private void CompareAnswers(BucketWaiter alone, Task<BucketAnswer> stored)
        {
            if (!stored.IsCompletedSuccessfully || !alone.Task.IsCompletedSuccessfully)
            {
                return;
            }

            Assert.Equal(stored.Result.IsStale, alone.Task.Result.IsStale);
            var (answer, other) = (alone.Task.Result.Decision, stored.Result.Decision);
            Assert.Equal(other.WithoutLeaseId(), answer.WithoutLeaseId());
            if (answer.IsAllowed)
            {
                Assert.True(alone.DueAt == (alone.IsInLine ? Ticks.Never : answer.Grant.ValidAt), "It is due when it goes.");
                Assert.InRange(answer.Grant.ValidAt, 0, Now);
                _held.Add((answer.Grant, other.Grant));
            }
        }
    }
}
