using Microsoft.Extensions.Logging;
using Throttle.Core.Usage;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Usage;

/// <summary>
/// Merges what all nodes have counted. It is stored now and then: what is lost with its machine is reported again, but for what
/// nodes had reported since the last write that have ended themselves.
/// </summary>
[GrainType("throttle-usage")]
internal sealed partial class UsageGrain(
    IGrainContext grainContext,
    [PersistentState("usage", BucketContext.StorageName)] IPersistentState<UsageRecord> stored,
    BucketContext context,
    ILogger<UsageGrain> log) : IGrainBase, IUsageGrain
{
    private static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(30);

    // What an earlier activation knew and had not stored is forgotten.
    private readonly Guid _epoch = Guid.NewGuid();
    private UsageLedger _ledger = null!;
    private bool _isChanged;

    public IGrainContext GrainContext => grainContext;

    private long Now => context.Clock.Now;

    public Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _ledger = stored.State.SinceTicks == 0 ? new(Now) : new(stored.State.ToSaved());
        this.RegisterGrainTimer(WriteAsync, new GrainTimerCreationOptions(WriteInterval, WriteInterval));
        return Task.CompletedTask;
    }

    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => WriteAsync(cancellationToken);

    public ValueTask<UsageReply> ReportAsync(
        string node, long incarnation, RuleUsageWire[] rules, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(node);
        ArgumentNullException.ThrowIfNull(rules);
        var after = _ledger.Report(new(node, incarnation), rules.Select(row => (row.Rule, row.Counts.ToCounts())), Now);
        _isChanged = true;
        return new(new UsageReply(_epoch, after));
    }

    public ValueTask<UsageWire> GetAsync(CancellationToken cancellationToken = default) => new(UsageWire.From(_ledger.Read(Now)));

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (!_isChanged)
        {
            return;
        }

        _ledger.Tidy(rule => context.Rules.Current.IndexOf(rule) >= 0, Now);
        stored.State = UsageRecord.From(_ledger.Save());
        _isChanged = false;
        try
        {
            await stored.WriteStateAsync(cancellationToken);
        }
        catch (Exception e)
        {
            // Perhaps another activation has written: a new one reads what is there, and hears everything again.
            LogUnstored(log, e);
            this.DeactivateOnIdle();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The usage could not be stored; what nodes reported that have ended since may be lost")]
    private static partial void LogUnstored(ILogger log, Exception reason);
}
