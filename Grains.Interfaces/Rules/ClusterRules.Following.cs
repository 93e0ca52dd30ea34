using Microsoft.Extensions.Logging;

namespace Throttle.Grains.Interfaces.Rules;

/// <content>How the rules are fetched and followed.</content>
public sealed partial class ClusterRules
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WarningInterval = TimeSpan.FromMinutes(1);
    private Task<bool>? _fetching;
    private long _fetchAgainAt = long.MinValue;
    private long _warnAgainAt = long.MinValue;
    private long _failingSince = long.MinValue;

    /// <summary>For how long every try to reach the cluster's rules has failed, or null where the latest one worked.</summary>
    public TimeSpan? UnreachableFor =>
        Volatile.Read(ref _failingSince) is var since && since == long.MinValue ? null : _time.GetElapsedTime(since);

    /// <summary>
    /// Makes the rules known here at least this new, by fetching them where they are older. A failure is no exception: the
    /// present rules stay in force, and the next try to reach the cluster is made one <see cref="ClusterRulesOptions.PollInterval"/>
    /// later, which is also the longest that this waits.
    /// </summary>
    /// <param name="version">The version wanted.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <returns>Whether the cluster's rules of that version or a newer one were seen.</returns>
    public ValueTask<bool> EnsureAsync(long version, CancellationToken cancellationToken) =>
        Volatile.Read(ref _seenVersion) >= version ? new(true) : FetchAsync(version, cancellationToken);

    /// <summary>Has been told that there are rules this new: where they are not known here, they are fetched, without waiting for them.</summary>
    public void Expect(long version)
    {
        if (Volatile.Read(ref _seenVersion) < version)
        {
            // A failure is logged, and tried again by whoever asks next.
            _ = Fetch();
        }
    }

    private async ValueTask<bool> FetchAsync(long version, CancellationToken cancellationToken)
    {
        try
        {
            if (Fetch() is { } fetching)
            {
                await fetching.WaitAsync(_options.PollInterval, _time, cancellationToken).ConfigureAwait(false);
            }

            // What was under way may have been asked for before that version was there.
            if (Volatile.Read(ref _seenVersion) < version && Fetch() is { } again)
            {
                await again.WaitAsync(_options.PollInterval, _time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (TimeoutException)
        {
            // It goes on, and whoever asks next may find it done.
        }

        return Volatile.Read(ref _seenVersion) >= version;
    }

    /// <summary>One fetch at a time, shared by all who ask; null when one has failed just now.</summary>
    private Task<bool>? Fetch()
    {
        lock (_gate)
        {
            if (_fetching is { IsCompleted: false } underWay)
            {
                return underWay;
            }

            if (_fetching is { Result: false } && _time.GetTimestamp() < _fetchAgainAt)
            {
                return null;
            }

            // Not as a part of the caller's grain call, which may end before this does.
            using (ExecutionContext.SuppressFlow())
            {
                return _fetching = Task.Run(FetchOnceAsync, CancellationToken.None);
            }
        }
    }

    private async Task<bool> FetchOnceAsync()
    {
        var isFetched = await TryAsync(PollAsync, _stopping.Token).ConfigureAwait(false);
        if (!isFetched)
        {
            _fetchAgainAt = TimestampAfter(_options.PollInterval);
        }

        return isFetched;
    }

    private async Task FetchFirstAsync(RuleSetWire? seed, CancellationToken cancellationToken)
    {
        var retry = FirstRetry < _options.PollInterval ? FirstRetry : _options.PollInterval;
        while (true)
        {
            await TryAsync(
                async token => Take(seed is null
                    ? await _grain.GetAsync(token).ConfigureAwait(false)
                    : await _grain.OfferAsync(seed, token).ConfigureAwait(false)),
                cancellationToken).ConfigureAwait(false);
            if (_known is not null)
            {
                return;
            }

            await DelayAsync(retry, cancellationToken).ConfigureAwait(false);
            retry = retry * 2 < _options.PollInterval ? retry * 2 : _options.PollInterval;
        }
    }

    private async Task FollowAsync(CancellationToken stopping)
    {
        try
        {
            var isWatching = true;
            while (!stopping.IsCancellationRequested)
            {
                var watch = TryAsync(WatchAsync, stopping);
                if (!isWatching)
                {
                    // Until the long poll is known to work again.
                    await PollUntilAsync(watch, stopping).ConfigureAwait(false);
                }

                isWatching = await watch.ConfigureAwait(false);
                if (!isWatching)
                {
                    await DelayAsync(_options.PollInterval, stopping).ConfigureAwait(false);
                    await TryAsync(PollAsync, stopping).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped while it waited.
        }
    }

    private async Task PollUntilAsync(Task watch, CancellationToken stopping)
    {
        while (true)
        {
            await Task.WhenAny(watch, DelayAsync(_options.PollInterval, stopping)).ConfigureAwait(false);
            if (watch.IsCompleted || stopping.IsCancellationRequested)
            {
                return;
            }

            await TryAsync(PollAsync, stopping).ConfigureAwait(false);
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var before = Before();
        if (await _grain.WatchAsync(before.SeenVersion, cancellationToken).ConfigureAwait(false) is { } wire)
        {
            await TakeOrOfferAsync(wire, before, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task PollAsync(CancellationToken cancellationToken)
    {
        var before = Before();
        await TakeOrOfferAsync(await _grain.GetAsync(cancellationToken).ConfigureAwait(false), before, cancellationToken).ConfigureAwait(false);
    }

    private (Known? Known, long SeenVersion) Before() => (_known, Volatile.Read(ref _seenVersion));

    /// <summary>
    /// Takes what the cluster answered. An answer that is older than what was known before it was asked for means that the cluster
    /// has lost its rules. One that is older than what has come meanwhile means nothing.
    /// </summary>
    private async Task TakeOrOfferAsync(RuleSetWire wire, (Known? Known, long SeenVersion) before, CancellationToken cancellationToken)
    {
        if (before.Known is { } known && wire.Version < known.Set.Version)
        {
            LogOffered(_log, wire.Version, known.Set.Version);
            wire = await _grain.OfferAsync(known.Wire, cancellationToken).ConfigureAwait(false);
        }

        Take(wire);
        if (wire.Version < before.SeenVersion)
        {
            // An exception, so that the next try waits: a long poll would answer the same at once, again and again.
            throw new InvalidOperationException(
                $"The cluster is at version {wire.Version} of its rules, and version {before.SeenVersion} was seen before.");
        }
    }

    /// <returns>Whether it worked; a failure is logged, once a minute at most.</returns>
    private async Task<bool> TryAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        try
        {
            await call(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _failingSince, long.MinValue);
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Interlocked.CompareExchange(ref _failingSince, _time.GetTimestamp(), long.MinValue);
            if (_time.GetTimestamp() >= Volatile.Read(ref _warnAgainAt))
            {
                Volatile.Write(ref _warnAgainAt, TimestampAfter(WarningInterval));
                LogUnreachable(_log, e, _options.PollInterval);
            }

            return false;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private long TimestampAfter(TimeSpan duration) =>
        _time.GetTimestamp() + (long)(duration.TotalSeconds * _time.TimestampFrequency);

    // Of the start and the following only one runs at a time, so the random numbers have one user.
    private Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        Task.Delay(delay * (0.75 + (_jitter.NextDouble() / 2)), _time, cancellationToken);

    [LoggerMessage(1, LogLevel.Information, "The rules of version {Version} are in force here: {Count} of them")]
    private static partial void LogTaken(ILogger log, long version, int count);

    [LoggerMessage(2, LogLevel.Error, "The cluster's rules of version {Version} cannot be read by this version of Throttle; the present ones stay in force")]
    private static partial void LogUnreadable(ILogger log, Exception reason, long version);

    [LoggerMessage(3, LogLevel.Warning, "The cluster's rules cannot be reached; trying again about every {PollInterval}")]
    private static partial void LogUnreachable(ILogger log, Exception reason, TimeSpan pollInterval);

    [LoggerMessage(4, LogLevel.Warning, "The cluster has lost its rules: it is at version {Theirs}, and is given version {Ours}")]
    private static partial void LogOffered(ILogger log, long theirs, long ours);

    [LoggerMessage(5, LogLevel.Error, "The rules could not be replaced (failure {Id})")]
    private static partial void LogNotReplaced(ILogger log, Exception reason, string? id);
}
