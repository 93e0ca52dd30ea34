using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.CompilerServices;
using Throttle.Core.Engine;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Replication;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <summary>Buckets in this process's memory.</summary>
/// <remarks>
/// <para>A bucket that equals a new one is forgotten: some at each new key, all by and by on a timer that sleeps longer while
/// nothing is added. So memory is bounded by the live debts, and by the maximum; beyond that a new key's rule
/// answers as its <see cref="Rule.OnError"/> says.</para>
/// <para>Who waits is served in order. When one cancels, those behind move up, so that no permit is lost.</para>
/// </remarks>
internal sealed partial class LocalBuckets : IBuckets, ISharedBuckets, IDisposable
{
    private const int MaxStripesToSearch = 64;
    private const int PlacesToSearch = 16;

    // Of a list: looked at for each bucket of a page.
    private const int PlacesToList = 10;
    private static readonly TimeSpan FirstSweep = TimeSpan.FromMinutes(1);

    // A set of its own, which no caller can hold.
    private static readonly StoreMap NoStores = new(new RuleSet([]), FrozenDictionary<string, RuleBuckets>.Empty, []);

    private readonly IRules _rules;
    private readonly BucketRoom _room;
    private readonly Action<string> _onNoRoom;
    private readonly LocalContext _context;
    private readonly Lock _applying = new();
    private readonly Lock _sweeping = new();
    private readonly ITimer _sweepTimer;
    private volatile StoreMap _map;
    private long _sequence;
    private int _isSweepSet;
    private volatile bool _isDisposed;
    private int _searches;
    private TimeSpan _sweepDelay = FirstSweep;

    public LocalBuckets(IRules rules, TimeProvider time, long maxBuckets, Action<string> onNoRoom, Func<Guid>? newLeaseId = null)
    {
        (_rules, _onNoRoom) = (rules, onNoRoom);
        _room = new(maxBuckets, SetSweep);
        _context = new(time, new(time), ShareOf(InlineCall.CountedAs("")), TryForget, newLeaseId);
        Inline = new(_context, _room);
        _sweepTimer = time.CreateTimer(_ => SweepAll(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _map = NoStores;
        _rules.Changed += OnRulesChanged;
        Apply();
    }

    public MonotonicClock Clock => _context.Clock;

    /// <summary>The buckets whose limits come with the calls.</summary>
    public InlineSpaces Inline { get; }

    public long Count => _room.Count;

    /// <summary>How many there may be.</summary>
    public long Max => _room.Max;

    public int WaiterCount => _map.Stores.Sum(s => s.WaiterCount);

    public IEnumerable<(Rule Rule, int Count)> Counts() => _map.Stores.Select(s => (s.Rule, s.Count));

    /// <summary>See <see cref="IBucketList.ListAsync"/>.</summary>
    public BucketPage? List(string ruleId, long start, int limit)
    {
        if (_map.Set != _rules.Current)
        {
            Apply();
        }

        if (!_map.ById.TryGetValue(ruleId, out var store))
        {
            return null;
        }

        var found = new List<(string Key, LimiterDecision Level)>(limit);
        var next = store.List(start, limit, limit * PlacesToList, Clock.Now, found);
        var rule = store.Rule;
        return new(found.ConvertAll(bucket => new RuleDecision(rule, bucket.Key, bucket.Level)), next?.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>How often there was no room, by rule, and for all callers that name their own limits.</summary>
    public IEnumerable<(string Name, long Refused)> Refusals() =>
        _map.Stores.Select(s => (s.Rule.Id, s.Refused)).Append((InlineCall.CountedAs(""), Inline.Refused));

    public bool TryAcquire(in BucketCall call, out LimiterDecision decision)
    {
        if (StoreOf(call) is { } store)
        {
            return store.TryAcquire(call.Key, call.Permits, Clock.Now, out decision);
        }

        decision = default;
        return false;
    }

    /// <summary>Takes from one bucket, and answers at once: whoever is granted a delay waits elsewhere.</summary>
    public BucketAnswer Reserve(in BucketCall call, long maxWaitTicks) =>
        StoreOf(call)?.Acquire(call.Key, call.Permits, Clock.Now, maxWaitTicks) ?? BucketAnswer.Stale;

    public BucketAnswer Peek(in BucketCall call, long maxWaitTicks) =>
        StoreOf(call)?.Peek(call.Key, call.Permits, Clock.Now, maxWaitTicks) ?? BucketAnswer.Stale;

    public bool Return(in BucketCall call, in Grant grant) => PresentStoreOf(call)?.Return(call.Key, grant, Clock.Now) ?? false;

    public ValueTask<BucketAnswer> AcquireAsync(
        BucketCall call, long maxWaitTicks, bool awaitTurn, CancellationToken cancellationToken)
    {
        if (StoreOf(call) is not { } store)
        {
            return new(BucketAnswer.Stale);
        }

        var now = Clock.Now;
        return maxWaitTicks > 0 && (awaitTurn || store.IsLeased)
            ? store.AcquireAndWaitAsync(call.Key, call.Permits, now, maxWaitTicks, cancellationToken)
            : new(store.Acquire(call.Key, call.Permits, now, maxWaitTicks));
    }

    public ValueTask<BucketAnswer> PeekAsync(BucketCall call, long maxWaitTicks, CancellationToken cancellationToken) =>
        new(Peek(call, maxWaitTicks));

    public ValueTask<bool> ReturnAsync(BucketCall call, Grant grant, CancellationToken cancellationToken) =>
        new(Return(call, grant));

    public ValueTask<BucketBegin> BeginAsync(BucketCall call, Grant grant, long lagTicks, CancellationToken cancellationToken) =>
        new(PresentStoreOf(call)?.Begin(call.Key, grant, lagTicks, Clock.Now) ?? new BucketBegin(BeginAnswer.Unspaced));

    public ValueTask<bool> RanAsync(BucketCall call, Grant grant, long agoTicks, CancellationToken cancellationToken)
    {
        var now = Clock.Now;
        return new(PresentStoreOf(call)?.Ran(call.Key, grant, Math.Max(0, now - agoTicks), now) ?? false);
    }

    public ValueTask<Factor?> FactorAsync(BucketCall call, Factor? set, CancellationToken cancellationToken) =>
        new(PresentStoreOf(call)?.Factor(call.Key, set, Clock.Now));

    public ValueTask<long?> RenewAsync(BucketCall call, Guid leaseId, CancellationToken cancellationToken) =>
        new(PresentStoreOf(call)?.Renew(call.Key, leaseId, Clock.Now));

    public ValueTask<bool> ResetAsync(BucketCall call, CancellationToken cancellationToken) =>
        new(PresentStoreOf(call)?.Reset(call.Key, Clock.Now) ?? false);

    bool ISharedBuckets.Charge(string rule, string key, long permits) => SharedStoreOf(rule)?.Charge(key, permits, Clock.Now) ?? false;

    long? ISharedBuckets.MissingOf(string rule, string key) => SharedStoreOf(rule)?.MissingOf(key, Clock.Now);

    public void Dispose()
    {
        // Not under the lock: whoever raises the event may hold another, and wait for this one.
        _rules.Changed -= OnRulesChanged;
        lock (_applying)
        {
            _isDisposed = true;
            _sweepTimer.Dispose();
            Inline.Dispose();
            var stores = _map.Stores;
            _map = NoStores;
            foreach (var store in stores)
            {
                store.Retire();
            }
        }
    }

    private RuleBuckets? StoreOf(in BucketCall call)
    {
        var map = _map;
        return ReferenceEquals(map.Set, call.Set) ? map.Stores[call.Index] : StoreOfOther(call);
    }

    /// <summary>The rules have changed since this engine or the caller last looked.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private RuleBuckets? StoreOfOther(in BucketCall call)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(LocalThrottle));
        Apply();
        var map = _map;
        return ReferenceEquals(map.Set, call.Set) ? map.Stores[call.Index] : null;
    }

    /// <summary>The store of a bucket's rule as the rules are now, for callers that hold something and cannot ask anew.</summary>
    private RuleBuckets? PresentStoreOf(in BucketCall call)
    {
        var store = StoreOf(call) ?? _map.ById.GetValueOrDefault(call.Rule.Id);

        // Under another key attribute the same text names another bucket.
        return store?.Rule.Key == call.Rule.Key ? store : null;
    }

    private RuleBuckets? SharedStoreOf(string rule) => _map.ById.GetValueOrDefault(rule) is { Rule.Replicate: true } store ? store : null;

    private void OnRulesChanged(RuleSet set) => Apply();

    /// <summary>Makes stores for the present rules: those of rules that stay are carried over.</summary>
    private void Apply()
    {
        lock (_applying)
        {
            // Looked up here: of two that apply at once, the later must not put older rules in force.
            var set = _rules.Current;
            if (_isDisposed || ReferenceEquals(_map.Set, set))
            {
                return;
            }

            var now = Clock.Now;
            var byId = new Dictionary<string, RuleBuckets>(StringComparer.Ordinal);
            var stores = new RuleBuckets[set.Rules.Length];
            for (var i = 0; i < stores.Length; i++)
            {
                stores[i] = byId[set.Rules[i].Id] = StoreFor(set.Rules[i], now);
            }

            _room.Rules = stores.Length;
            var old = _map;
            _map = new(set, byId.ToFrozenDictionary(StringComparer.Ordinal), stores);
            foreach (var gone in old.Stores.Except(stores))
            {
                gone.Retire();
            }
        }
    }

    private RuleBuckets StoreFor(Rule rule, long now)
    {
        // Other key attributes make other buckets: nothing of the old ones could be told apart.
        return _map.ById.TryGetValue(rule.Id, out var store) && store.Rule.Key == rule.Key
            ? store.ChangeTo(rule, now)
            : rule.Limit.Accept(new StoreMaker(rule, _context with { Room = ShareOf(rule.Id) }, _sequence++), _context.NewLeaseId);
    }

    private BucketShare ShareOf(string name) => new(_room, () => _onNoRoom(name));

    private void SetSweep()
    {
        if (Volatile.Read(ref _isSweepSet) == 0)
        {
            lock (_sweeping)
            {
                if (_isSweepSet == 0)
                {
                    Volatile.Write(ref _isSweepSet, 1);
                    _sweepDelay = FirstSweep;
                    _sweepTimer.Change(_sweepDelay, Timeout.InfiniteTimeSpan);
                }
            }
        }
    }

    private void SweepAll()
    {
        // Before anything is looked at: what is added meanwhile sets the timer itself.
        lock (_sweeping)
        {
            Volatile.Write(ref _isSweepSet, 0);
        }

        var now = Clock.Now;
        var left = _map.Stores.Sum(store => (long)store.Sweep(now)) + Inline.Sweep(now);
        lock (_sweeping)
        {
            if (left > 0 && _isSweepSet == 0)
            {
                // The delay doubles until something is added: an idle process wakes up ever more rarely.
                _sweepDelay = _sweepDelay.Ticks > Ticks.MaxInstant / 2 ? _sweepDelay : _sweepDelay * 2;
                _sweepTimer.Change(TimerDelay.Of(_context.Time, _sweepDelay.Ticks), Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>At the maximum: looks for something to forget wherever it may be, but not for long.</summary>
    private bool TryForget(long now)
    {
        var stores = _map.Stores;
        var start = Interlocked.Increment(ref _searches);
        for (var i = 0; i < Math.Min(stores.Length, MaxStripesToSearch); i++)
        {
            if (stores[(int)(unchecked((uint)(start + i)) % (uint)stores.Length)].TrySweepSome(now, PlacesToSearch) > 0)
            {
                return true;
            }
        }

        return Inline.TrySweepSome(now, PlacesToSearch) > 0;
    }

    private sealed record StoreMap(RuleSet Set, FrozenDictionary<string, RuleBuckets> ById, RuleBuckets[] Stores);

    private sealed class StoreMaker(Rule rule, LocalContext context, long sequence) : ILimiterVisitor<RuleBuckets>
    {
        public RuleBuckets Visit<TState>(ILimiter<TState> limiter)
            where TState : struct =>
            new BucketStore<TState>(rule, limiter, context, sequence);
    }
}
