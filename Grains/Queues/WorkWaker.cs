using Microsoft.Extensions.Logging;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces.Rules;
using Throttle.Grains.Membership;

namespace Throttle.Grains.Queues;

/// <summary>
/// Has queues go on whose silo is gone. One silo of the cluster does it, the first in the order of addresses: when it starts, when the
/// members or the rules change, and every few minutes, whatever was missed.
/// </summary>
internal sealed partial class WorkWaker(
    BucketContext context,
    ClusterRules rules,
    SiloAgents agents,
    IClusterMembershipService membership,
    ILocalSiloDetails self,
    ILogger<WorkWaker> log) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    // Real time, as all that is about machines.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _changed = new(0);
    private Task _following = Task.CompletedTask;
    private Task _waking = Task.CompletedTask;

    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(WorkWaker), ServiceLifecycleStage.Active + 1, Start, StopAsync);

    public void Dispose()
    {
        _stopping.Dispose();
        _changed.Dispose();
    }

    private Task Start(CancellationToken cancellationToken)
    {
        rules.Changed += OnRulesChanged;
        _following = FollowAsync();
        _waking = WakeAsync();
        _changed.Release();
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        rules.Changed -= OnRulesChanged;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_following, _waking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void OnRulesChanged(RuleSet set) => Notice();

    private void Notice()
    {
        // One that is not heeded yet is enough.
        if (!_stopping.IsCancellationRequested && _changed.CurrentCount == 0)
        {
            _changed.Release();
        }
    }

    private async Task FollowAsync()
    {
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(_stopping.Token).ConfigureAwait(false))
        {
            Notice();
        }
    }

    private async Task WakeAsync()
    {
        for (var areAwake = true; ;)
        {
            await _changed.WaitAsync(areAwake ? context.Options.WakeInterval : Pause, _stopping.Token).ConfigureAwait(false);
            var isOurs = agents.ActiveSilos is [var first, ..] && first.Equals(self.SiloAddress);
            areAwake = !isOurs
                || !rules.Current.Rules.Any(rule => rule.Limit is QueueSpec)
                || (await Task.WhenAll(WorkIndex.Keys.Select(WakeAsync)).ConfigureAwait(false)).All(isAwake => isAwake);
        }
    }

    private async Task<bool> WakeAsync(string part)
    {
        try
        {
            return await context.Grains.GetGrain<IWorkIndexGrain>(part).WakeAsync().WaitAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It may be where a silo was lost.
            LogUnreached(log, e, part);
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "Part {Part} of the index of queues could not be reached")]
    private static partial void LogUnreached(ILogger log, Exception reason, string part);
}
