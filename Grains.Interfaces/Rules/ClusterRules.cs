using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Throttle.Core.Failures;
using Throttle.Core.Rules;

namespace Throttle.Grains.Interfaces.Rules;

/// <summary>
/// The cluster's rules as one process knows them: a compiled set, kept up to date by a long poll at <see cref="IRuleGrain"/>,
/// and, while that fails, by fetching them periodically. The version never goes back. Safe from any number of threads.
/// </summary>
/// <remarks>
/// <para>Where the cluster's storage has lost its rules, those known here are offered to it.</para>
/// <para>A set that this version of Throttle cannot read is logged as an error, and the present one stays in force.</para>
/// <para><see cref="Changed"/> is raised one set at a time and in the order of versions; a version may be skipped. A handler
/// must not throw, and must not wait for an edit.</para>
/// </remarks>
public sealed partial class ClusterRules : IRules, IDisposable
{
    private readonly IRuleGrain _grain;
    private readonly ClusterRulesOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ClusterRules> _log;
    private readonly FailureLog _failures;
    private readonly Random _jitter;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private volatile Known? _known;
    private long _seenVersion;
    private Task? _following;

    /// <summary>Rules that are not known yet: <see cref="StartAsync"/> fetches them.</summary>
    /// <param name="grains">The cluster client, or a silo's grain factory.</param>
    /// <param name="options">How they are followed.</param>
    /// <param name="time">Times the polls.</param>
    /// <param name="log">Is told when the rules change, cannot be had or cannot be read.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public ClusterRules(IGrainFactory grains, ClusterRulesOptions options, TimeProvider time, ILogger<ClusterRules> log)
    {
        ArgumentNullException.ThrowIfNull(grains);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(log);
        if (options.PollInterval < ClusterRulesOptions.MinPollInterval || options.PollInterval > ClusterRulesOptions.MaxPollInterval)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                options.PollInterval,
                $"PollInterval is {options.PollInterval}; use {ClusterRulesOptions.MinPollInterval} to {ClusterRulesOptions.MaxPollInterval}.");
        }

        (_grain, _options, _time, _log) = (grains.GetRuleGrain(), options, time, log);
        _failures = new((failure, _, thrown) => LogNotReplaced(log, thrown, failure.Id), TimeProvider.System);
        _jitter = new(options.JitterSeed ?? RandomNumberGenerator.GetInt32(int.MaxValue));
    }

    /// <inheritdoc/>
    public event Action<RuleSet>? Changed;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The rules are not known yet: <see cref="Ready"/> has not completed.</exception>
    public RuleSet Current => (_known ?? throw new InvalidOperationException(
        "The cluster's rules are not known yet: wait for ClusterRules.Ready, which completes once they were fetched.")).Set;

    /// <summary>Completes once the rules are known. It never fails; it stays as it is when they are never had.</summary>
    public Task Ready => _ready.Task;

    /// <summary>
    /// The version that began a rule's buckets: one that last lived by an older version is to be reset. Null when the set is not the
    /// current one, or has no such rule.
    /// </summary>
    public long? BucketsSince(RuleSet set, string ruleId)
    {
        ArgumentNullException.ThrowIfNull(set);
        return _known is { } known && ReferenceEquals(known.Set, set) && set.IndexOf(ruleId) is >= 0 and var index
            ? known.Wire.Rules[index].BucketsSince
            : null;
    }

    /// <summary>
    /// Waits until the rules are known here, however long that takes, and follows them from then on.
    /// </summary>
    /// <param name="seed">
    /// What a silo's rule file says, for a cluster that has no rules yet: offered as version 1 whatever its own version, so
    /// that a cluster that has rules keeps them. Null for clients.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public async Task StartAsync(RuleSet? seed, CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _following, started.Task, null) is not null)
        {
            throw new InvalidOperationException("The rules are followed already; start them once.");
        }

        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
            await FetchFirstAsync(seed is null ? null : RuleSetWire.From(seed) with { Version = 1 }, ending.Token).ConfigureAwait(false);
            _following = Task.Run(() => FollowAsync(_stopping.Token), CancellationToken.None);
        }
        finally
        {
            started.SetResult();
        }
    }

    /// <summary>Ends following. What is known stays in force.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);

        // The first wait may have been for the start, which then left what to wait for next.
        for (Task? ended = null; _following is { } following && following != ended; ended = following)
        {
            await following.ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="StopAsync"/>, without waiting for it.</summary>
    public void Dispose() => _stopping.Cancel();

    /// <inheritdoc/>
    /// <remarks>The new set is in force here when this returns; the other members of the cluster follow by their long polls.</remarks>
    public async ValueTask<RuleSet> ReplaceAsync(
        IReadOnlyList<Rule> rules, long? expectedVersion = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rules);
        cancellationToken.ThrowIfCancellationRequested();

        // Made for its check: faults are told one by one here, and without a call.
        RuleWire[] wanted = [.. new RuleSet(rules).Rules.Select(RuleWire.From)];
        RuleEditReply reply;
        try
        {
            reply = await ReplaceAsync(wanted, expectedVersion, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not ArgumentException && !cancellationToken.IsCancellationRequested)
        {
            throw new FailureException(_failures.Tell(FailureReason.OwnerUnreachable, IRuleGrain.Key, e));
        }

        Take(reply.Rules);
        if (reply.IsConflict)
        {
            throw new RuleVersionConflictException(expectedVersion ?? 0, reply.Rules.Version);
        }

        var known = _known;
        return known?.Set.Version == reply.Rules.Version ? known.Set : reply.Rules.ToRuleSet();
    }

    private async Task<RuleEditReply> ReplaceAsync(RuleWire[] wanted, long? expectedVersion, CancellationToken cancellationToken)
    {
        var before = _known;
        var reply = await _grain.ReplaceAsync(wanted, expectedVersion, cancellationToken).ConfigureAwait(false);
        if (before is not null && reply.Rules.Version < before.Set.Version + (reply.IsConflict ? 0 : 1))
        {
            // The cluster has lost its rules, and the version that this edit got was given before: nobody would follow it.
            LogOffered(_log, reply.Rules.Version, before.Set.Version);
            await _grain.OfferAsync(before.Wire, cancellationToken).ConfigureAwait(false);
            reply = await _grain.ReplaceAsync(wanted, expectedVersion, cancellationToken).ConfigureAwait(false);
        }

        return reply;
    }

    /// <summary>
    /// Takes a set that came from the cluster, where it is newer. One that cannot be read counts as seen, so that it is
    /// neither fetched nor reported again and again.
    /// </summary>
    private void Take(RuleSetWire wire)
    {
        lock (_gate)
        {
            if (wire.Version <= _seenVersion)
            {
                return;
            }

            var known = TryRead(wire);
            _known = known ?? _known;

            // Last: whoever finds the version seen finds its rules in force.
            Volatile.Write(ref _seenVersion, wire.Version);
            if (known is null)
            {
                return;
            }

            LogTaken(_log, known.Set.Version, known.Set.Rules.Length);
            _ready.TrySetResult();
            Changed?.Invoke(known.Set);
        }
    }

    private Known? TryRead(RuleSetWire wire)
    {
        try
        {
            return new(wire.ToRuleSet(), wire);
        }
        catch (Exception e) when (e is FormatException or InvalidRulesException)
        {
            LogUnreadable(_log, e, wire.Version);
            return null;
        }
    }

    private sealed record Known(RuleSet Set, RuleSetWire Wire);
}
