using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Core.Usage;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Client.Usage;

/// <summary>
/// Tells the cluster's <see cref="IUsageGrain"/> every few seconds what was decided here, where anything was, and last of all
/// when the host stops. A report that fails is made up for by the next one.
/// </summary>
internal sealed partial class UsageReporter : IHostedService, IDisposable
{
    private const int MaxRows = 1_000;

    // A node is taken for ended when nothing was heard of it for five minutes.
    private const int QuietTurns = 12;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly IServiceProvider _services;
    private readonly MonotonicClock _clock;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _reporting = new(1);
    private readonly string _node;
    private ITimer? _timer;
    private UsageMeter? _meter;
    private UsageSender? _sender;
    private Guid _epoch;
    private int _turns;
    private bool _hasFailed;

    public UsageReporter(
        IServiceProvider services,
        [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider time,
        ILogger<UsageReporter> log)
    {
        (_services, _clock, _log) = (services, new(time), log);

        // A client has no name of its own; the number tells its runs apart.
        _node = services.GetService<ILocalSiloDetails>()?.SiloAddress.ToParsableString()
            ?? FormattableString.Invariant($"{Environment.MachineName}/{Environment.ProcessId}-{Convert.ToHexString(RandomNumberGenerator.GetBytes(4))}");
    }

    /// <summary>Begins to report what is counted by a meter.</summary>
    public void Report(UsageMeter meter)
    {
        _meter = meter;
        _sender = new(meter, _node, _clock.Now);

        // Real time: a clock that stands still shows no less.
        _timer = TimeProvider.System.CreateTimer(_ => _ = ReportInTurnAsync(), null, Interval, Interval);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After the last request, and before the cluster is left.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
            await ReportAsync(isEvenIfNothing: false, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reports what has changed; never fails.</summary>
    /// <param name="isEvenIfNothing">Whether to say that the node is there where nothing has changed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether everything was heard.</returns>
    public async Task<bool> ReportAsync(bool isEvenIfNothing, CancellationToken cancellationToken)
    {
        if (_sender is not { } sender)
        {
            return true;
        }

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
            await SendAllAsync(sender, isEvenIfNothing, cancellationToken).ConfigureAwait(false);
            _hasFailed = false;
            return true;
        }
        catch (Exception e)
        {
            if (!_hasFailed)
            {
                LogFailed(_log, e.GetBaseException().Message.TrimEnd('.'));
            }

            _hasFailed = true;
            return false;
        }
        finally
        {
            _reporting.Release();
        }
    }

    public void Dispose() => _timer?.Dispose();

    private Task ReportInTurnAsync() => _reporting.CurrentCount == 0
        ? Task.CompletedTask
        : ReportAsync(isEvenIfNothing: Interlocked.Increment(ref _turns) % QuietTurns == 0, CancellationToken.None);

    private async Task SendAllAsync(UsageSender sender, bool isEvenIfNothing, CancellationToken cancellationToken)
    {
        // Not parameters: a host makes this before its client has learnt what grains there are. Before the rules are known nothing was
        // decided here, and a node that joins has nothing to warn of.
        if (_services.GetService<ClusterRules>() is { Ready.IsCompleted: false })
        {
            return;
        }

        _meter!.Follow(_services.GetRequiredService<IRules>().Current);
        var grain = _services.GetRequiredService<IGrainFactory>().GetGrain<IUsageGrain>(IUsageGrain.Key);

        // What changes while this goes on is for the next report: under load there would be no end.
        var isLast = false;
        while (!isLast && sender.Next(MaxRows, _clock.Now) is var rows && (rows.Count > 0 || isEvenIfNothing))
        {
            (isEvenIfNothing, isLast) = (false, rows.Count < MaxRows);
            var reply = await grain.ReportAsync(
                    sender.Source.Node,
                    sender.Source.Incarnation,
                    [.. rows.Select(row => new RuleUsageWire(row.Rule, "", UsageCountsWire.From(row.Counts)))],
                    cancellationToken)
                .AsTask()
                .WaitAsync(Patience, TimeProvider.System, cancellationToken)
                .ConfigureAwait(false);
            if (reply.BeginAfter is { } after)
            {
                sender.BeginAfter(after, _clock.Now);
                isLast = false;
                continue;
            }

            if (reply.Epoch != _epoch)
            {
                _epoch = reply.Epoch;
                sender.SendAll();
                isLast = false;
            }

            sender.Heard(rows);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "What was decided here cannot be reported: {Reason}. It is kept, and reported when it can be")]
    private static partial void LogFailed(ILogger log, string reason);
}
