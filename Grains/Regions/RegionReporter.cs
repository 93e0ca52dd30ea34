using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Throttle.Core.Replication;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Grains.Regions;

/// <summary>
/// What the buckets of one silo have granted of rules that regions share. A decision counts in memory; soon after, what has changed
/// is reported to the cluster's <see cref="IRegionGrain"/>. Reports are cumulative and in order: one that is lost is made up for by
/// the next. It does nothing in a cluster that is no region. Safe from any thread.
/// </summary>
internal sealed partial class RegionReporter(
    IServiceProvider services, ClusterRules rules, MonotonicClock clock, ILocalSiloDetails self, ILogger<RegionReporter> log)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    // All in real time: what they are about is machines.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly OwnCounts _counts = new();
    private readonly SemaphoreSlim _reporting = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly long _incarnation = 1 + RandomNumberGenerator.GetInt32(int.MaxValue);
    private Task _running = Task.CompletedTask;
    private ITimer? _sweeping;
    private long _through;
    private long _sent;

    // Counts that began up to here may have been told to peers by an earlier activation of the grain.
    private long _olderThrough;
    private bool _hasFailed;

    private bool HasShared => rules.Current.Rules.Any(rule => rule.Replicate);

    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(RegionReporter), ServiceLifecycleStage.Active + 1, StartAsync, StopAsync);

    public void Dispose()
    {
        _sweeping?.Dispose();
        _stopping.Dispose();
        _reporting.Dispose();
    }

    /// <summary>Counts what was granted, or given back. Never blocks.</summary>
    public void Count(string rule, string key, long consumed, long returned, long newAt) => _counts.Add(rule, key, consumed, returned, newAt);

    /// <summary>A bucket was charged, and will be as new at another instant.</summary>
    public void Note(string rule, string key, long newAt) => _counts.Note(rule, key, newAt);

    /// <summary>What a bucket has granted, to go with it to another silo.</summary>
    public (long Id, long Consumed, long Returned)? Find(string rule, string key) => _counts.Find(rule, key);

    /// <summary>A bucket has come from another silo, with what it has granted.</summary>
    public void Adopt(string rule, string key, (long Id, long Consumed, long Returned) begun, long newAt) => _counts.Adopt(rule, key, begun, newAt);

    /// <summary>Reports what has changed; never fails.</summary>
    /// <param name="isEvenIfNothing">Whether to report, too, where nothing has changed: so that the grain is there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether everything was heard.</returns>
    public async Task<bool> ReportAsync(bool isEvenIfNothing, CancellationToken cancellationToken)
    {
        try
        {
            await _reporting.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }

        try
        {
            await SendAllAsync(isEvenIfNothing, cancellationToken).ConfigureAwait(false);
            _hasFailed = false;
            return true;
        }
        catch (Exception e)
        {
            if (!_hasFailed && !cancellationToken.IsCancellationRequested)
            {
                LogFailed(log, e.GetBaseException().Message);
            }

            _hasFailed = true;
            return false;
        }
        finally
        {
            _reporting.Release();
        }
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        if (services.GetService<IPeerExchange>() is not null)
        {
            _counts.Changed = () => _changes.Writer.TryWrite(true);
            _sweeping = TimeProvider.System.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
            _running = Task.Run(RunAsync, CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    /// <summary>What is granted from here on goes with its bucket to another silo.</summary>
    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        if (_sweeping is not null)
        {
            await _sweeping.DisposeAsync().ConfigureAwait(false);
            await ReportAsync(isEvenIfNothing: false, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                await PauseAsync(await ReportAsync(isEvenIfNothing: HasShared, _stopping.Token).ConfigureAwait(false)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private async Task PauseAsync(bool hasReported)
    {
        if (hasReported)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            waiting.CancelAfter(CheckInterval);
            Task changed = _changes.Reader.WaitToReadAsync(waiting.Token).AsTask();
            await changed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.Delay(hasReported ? Interval : Interval * 10, TimeProvider.System, _stopping.Token).ConfigureAwait(false);
    }

    private async Task SendAllAsync(bool isEvenIfNothing, CancellationToken cancellationToken)
    {
        _changes.Reader.TryRead(out _);
        var grain = services.GetRequiredService<IGrainFactory>().GetGrain<IRegionGrain>(IRegionGrain.Key);
        while (ReadPage() is var page && (page.Entries.Count > 0 || isEvenIfNothing))
        {
            isEvenIfNothing = false;
            _sent = Math.Max(_sent, page.Through);
            var heard = await grain.ReportAsync(CountPageWire.From(page), cancellationToken)
                .AsTask()
                .WaitAsync(Patience, TimeProvider.System, cancellationToken)
                .ConfigureAwait(false);
            if (heard < page.After)
            {
                // Another activation of the grain, which has heard nothing.
                (_olderThrough, isEvenIfNothing) = (_sent, true);
            }

            Volatile.Write(ref _through, Math.Min(heard, page.Through));
            if (heard >= page.Through && page.IsLast)
            {
                // What was counted meanwhile is the next report's: under load there would be no end.
                return;
            }
        }
    }

    private ReplicationPage ReadPage()
    {
        var set = rules.Current;
        var now = clock.Now;
        var page = ReplicationPages.Read(
            _counts,
            (self.SiloAddress.ToParsableString(), _incarnation),
            _through,
            (ReplicationLimits.MaxEntries, int.MaxValue),
            entry => SharedRules.RateOf(set, entry.Rule) is { } rate
                ? SharedRules.PermitsIn(rate, _counts.NewAtOf(entry.Rule, entry.Key) - now)
                : 0);
        return page with { Entries = [.. page.Entries.Select(entry => entry.Start > _olderThrough ? entry : entry with { Start = 0 })] };
    }

    private void Sweep()
    {
        var (set, now, through) = (rules.Current, clock.Now, Volatile.Read(ref _through));
        _counts.Sweep(count => (count.Version <= through && count.NewAt <= now) || SharedRules.RateOf(set, count.Rule) is null);
    }

    [LoggerMessage(1, LogLevel.Warning, "What was granted here cannot be reported for other regions: {Reason}. It is kept, and reported when it can be")]
    private static partial void LogFailed(ILogger log, string reason);
}
