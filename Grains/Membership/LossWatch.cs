using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Throttle.Grains.Membership;

/// <summary>
/// Keeps a silo's <see cref="ClusterLosses"/>: before it takes calls it asks the others what they know, then it follows the
/// membership, and when it has handed everything over it says goodbye.
/// </summary>
internal sealed partial class LossWatch(
    ClusterLosses losses,
    SiloAgents agents,
    IClusterMembershipService membership,
    IMembershipTable table,
    ILocalSiloDetails self,
    IOptions<ClusterMembershipOptions> options,
    [FromKeyedServices(TimeProviderNames.Membership)] TimeProvider membershipTime,
    ILogger<LossWatch> log) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    // After connectivity was proven, before the silo is given grains.
    private const int JoinStage = ServiceLifecycleStage.BecomeActive - 50;

    // Every grain is deactivated by then, and its directory handed over.
    private const int GoodbyeStage = ServiceLifecycleStage.GrainDirectoryShutdown - 1;

    private readonly CancellationTokenSource _stopping = new();
    private Task _following = Task.CompletedTask;

    public void Participate(ISiloLifecycle observer)
    {
        observer.Subscribe(nameof(LossWatch), JoinStage, JoinAsync, _ => Task.CompletedTask);
        observer.Subscribe(nameof(LossWatch), GoodbyeStage, _ => Task.CompletedTask, LeaveAsync);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        // First what is dead already, so that a death while the others are asked is not missed.
        losses.Observe(membership.CurrentSnapshot);
        _following = FollowAsync();

        var reports = await agents.AskAsync<LossReport>(
            Others(), async agent => await agent.GetLossesAsync().ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        foreach (var report in reports)
        {
            Learn(report);
        }

        await LearnFromTableAsync().ConfigureAwait(false);
    }

    private void Learn(LossReport? report)
    {
        if (report is null)
        {
            // It counts as active and may be dead: then its buckets are lost, and nobody has noticed yet.
            losses.Learn(TimeSpan.Zero);
            LogSilent(log);
            return;
        }

        foreach (var silo in report.Goodbyes)
        {
            losses.HearGoodbye(silo);
        }

        if (report.LatestLossAge is { } age)
        {
            losses.Learn(age);
        }
    }

    /// <summary>
    /// Nobody may be left to tell, so the table's lost tell: each died no later than one period of signs of life after its
    /// last, or than the last vote against it.
    /// </summary>
    private async Task LearnFromTableAsync()
    {
        var rows = await table.ReadAllAsync(_stopping.Token).ConfigureAwait(false);
        var now = membershipTime.GetUtcNow().UtcDateTime;
        foreach (var (row, _) in rows.Members)
        {
            if (ClusterLosses.IsLost(row.Status) && !row.SiloAddress.Equals(self.SiloAddress) && !losses.SaidGoodbye(row.SiloAddress))
            {
                losses.Learn(now - LatestDeath(row));
            }
        }
    }

    private DateTime LatestDeath(MembershipEntry row)
    {
        var sign = row.IAmAliveTime > row.StartTime ? row.IAmAliveTime : row.StartTime;
        var vote = row.SuspectTimes is { Count: > 0 } votes ? votes.Max(vote => vote.Item2) : DateTime.MinValue;
        var latest = sign + options.Value.IAmAliveTablePublishTimeout;
        return vote > latest ? vote : latest;
    }

    private async Task FollowAsync()
    {
        try
        {
            await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(_stopping.Token).ConfigureAwait(false))
            {
                losses.Observe(snapshot);
            }
        }
        catch (OperationCanceledException)
        {
            // The silo has stopped.
        }
    }

    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(false);

        // A stop that ran out of time has dropped buckets: the others count this silo as lost.
        if (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        var others = Others();
        if (losses.UnpackedHandOvers is > 0 and var stranded)
        {
            if (others.Length > 0)
            {
                LogStranded(log, stranded);
            }

            return;
        }

        await agents.AskAsync<object>(
            others,
            async agent =>
            {
                await agent.GoodbyeAsync(self.SiloAddress).ConfigureAwait(false);
                return null;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private SiloAddress[] Others() => [.. agents.ActiveSilos.Where(silo => !silo.Equals(self.SiloAddress))];

    [LoggerMessage(1, LogLevel.Warning, "A silo did not say what the cluster has lost; buckets kept in memory that are new to this silo start with what refills from now on")]
    private static partial void LogSilent(ILogger log);

    [LoggerMessage(2, LogLevel.Warning, "{Count} buckets kept in memory could not be handed over; the cluster counts this silo as lost")]
    private static partial void LogStranded(ILogger log, int count);
}
