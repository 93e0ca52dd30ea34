using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Throttle.Core.Limiters;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <summary>
/// Queues of work in this process, beside a <see cref="LocalThrottle"/> whose buckets give them their turns. Safe from any number of
/// threads. What is in line when the process ends is lost.
/// </summary>
/// <remarks>
/// <para>A queue with work in line has one timer; one without has none, and is forgotten once its ids are. All together hold at most
/// <see cref="MaxBytes"/>.</para>
/// <para>While a rule is gone, off, or another algorithm, its work is kept and not delivered.</para>
/// </remarks>
public sealed partial class LocalWorkQueues : IWorkQueues, IDisposable
{
    /// <summary>The most bytes of work in line or failed in all queues together: 256 MiB.</summary>
    public const long MaxBytes = 256L * 1024 * 1024;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    private readonly LocalThrottle _throttle;
    private readonly LocalTurns _turns;
    private readonly WorkAttempt _attempt;
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly ConcurrentDictionary<QueueName, LocalQueue> _queues = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ITimer _sweepTimer;
    private long _bytes;
    private int _isSweepSet;

    /// <summary>Queues for the rules of a throttle.</summary>
    /// <param name="throttle">Gives the turns. Dispose the queues before it.</param>
    /// <param name="processors">Do the work; the first that can is asked.</param>
    public LocalWorkQueues(LocalThrottle throttle, params IEnumerable<IWorkProcessor> processors)
    {
        ArgumentNullException.ThrowIfNull(throttle);
        ArgumentNullException.ThrowIfNull(processors);
        (_throttle, _time, _clock) = (throttle, throttle.Time, throttle.Buckets.Clock);
        _turns = new(throttle);
        _attempt = new(processors, _time, RandomNumberGenerator.GetInt32(int.MaxValue));
        _sweepTimer = _time.CreateTimer(_ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        throttle.Rules.Changed += OnRulesChanged;
    }

    /// <summary>How many queues are remembered.</summary>
    public int QueueCount => _queues.Count;

    /// <summary>How many of them have a timer.</summary>
    internal int TimerCount => _queues.Values.Count(queue => queue.Timer is not null);

    /// <summary>How many deliver at this moment; the others wait for what comes next.</summary>
    internal int DeliveringCount => _queues.Values.Count(queue =>
    {
        lock (queue.Gate)
        {
            return queue.Work.IsDelivering;
        }
    });

    /// <inheritdoc/>
    public ValueTask<WorkAnswer> EnqueueAsync(string ruleId, string key, Work work, CancellationToken cancellationToken = default)
    {
        work.Check();
        var rule = CheckRule(ruleId, key, cancellationToken);
        if (!_attempt.CanProcess(rule))
        {
            throw WorkQueueException.NoProcessor(ruleId);
        }

        if (Volatile.Read(ref _bytes) + work.Payload.Length > MaxBytes)
        {
            return new(WorkAnswer.Full(
                string.Create(CultureInfo.InvariantCulture, $"All queues together hold {Volatile.Read(ref _bytes)} bytes; at most {MaxBytes} may be."),
                Ticks.PerSecond));
        }

        return new(Use(rule, rule.NormalizeKey(key), (queue, now) => queue.Work.Enqueue(work, queue, now)));
    }

    /// <inheritdoc/>
    public ValueTask<WorkStatus> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        new(Look(ruleId, key, cancellationToken, work => work.Inspect(_clock.Now)));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WorkItem>> ListFailedAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        new(Look(ruleId, key, cancellationToken, work => work.ListFailed()) ?? []);

    /// <inheritdoc/>
    public ValueTask<WorkEdit> CancelAsync(string ruleId, string key, string id, CancellationToken cancellationToken = default) =>
        EditAsync(ruleId, key, id, cancellationToken, (queue, now) => queue.Work.Cancel(id, queue, now));

    /// <inheritdoc/>
    public ValueTask<WorkEdit> PutBackAsync(string ruleId, string key, string id, CancellationToken cancellationToken = default) =>
        EditAsync(ruleId, key, id, cancellationToken, (queue, now) => queue.Work.PutBack(id, queue, now));

    /// <inheritdoc/>
    public ValueTask<WorkEdit> RemoveFailedAsync(string ruleId, string key, string id, CancellationToken cancellationToken = default) =>
        EditAsync(ruleId, key, id, cancellationToken, (queue, now) => queue.Work.RemoveFailed(id, now));

    /// <summary>Stops deliveries. What is in line is lost; whoever asks afterwards gets an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        _throttle.Rules.Changed -= OnRulesChanged;
        _stopping.Cancel();
        _sweepTimer.Dispose();
        foreach (var queue in _queues.Values)
        {
            lock (queue.Gate)
            {
                queue.Timer?.Dispose();
                queue.Timer = null;
            }
        }
    }

    private Rule CheckRule(string ruleId, string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        cancellationToken.ThrowIfCancellationRequested();
        return WorkQueueException.CheckRule(_throttle.Rules.Current, ruleId);
    }

    private ValueTask<WorkEdit> EditAsync(
        string ruleId, string key, string id, CancellationToken cancellationToken, Func<LocalQueue, long, WorkEdit> edit)
    {
        ArgumentNullException.ThrowIfNull(id);
        var rule = CheckRule(ruleId, key, cancellationToken);
        key = rule.NormalizeKey(key);
        return new(_queues.ContainsKey(new(ruleId, key)) ? Use(rule, key, edit) : WorkEdit.Unknown);
    }

    private T? Look<T>(string ruleId, string key, CancellationToken cancellationToken, Func<WorkQueue, T> look)
    {
        var rule = CheckRule(ruleId, key, cancellationToken);
        if (!_queues.TryGetValue(new(ruleId, rule.NormalizeKey(key)), out var queue))
        {
            return default;
        }

        lock (queue.Gate)
        {
            return look(queue.Work);
        }
    }

    /// <summary>Changes a queue, and wakes it up.</summary>
    private T Use<T>(Rule rule, string key, Func<LocalQueue, long, T> use)
    {
        while (true)
        {
            var queue = _queues.GetOrAdd(new(rule.Id, key), Make, (QueueSpec)rule.Limit);
            T result;
            lock (queue.Gate)
            {
                if (queue.IsGone)
                {
                    continue;
                }

                queue.Work.Change((QueueSpec)rule.Limit);
                result = use(queue, _clock.Now);
                Count(queue);
            }

            SetSweep();
            Wake(queue);
            return result;
        }
    }

    private LocalQueue Make(QueueName name, QueueSpec spec) => new(name, spec, _turns);

    private void Count(LocalQueue queue)
    {
        var counts = queue.Work.TakeCounts();
        if (!counts.IsEmpty)
        {
            _throttle.Instruments.Count(queue.Name.RuleId, counts);
        }

        var bytes = queue.Work.Bytes + queue.Work.FailedBytes;
        Interlocked.Add(ref _bytes, bytes - queue.CountedBytes);
        queue.CountedBytes = bytes;
    }
}
