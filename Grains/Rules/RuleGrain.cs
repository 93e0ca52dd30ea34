using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;
using Throttle.Core.Failures;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Rules;

/// <summary>Keeps the cluster's rules: in storage first, then in force.</summary>
/// <remarks>
/// Reentrant, because watchers are held; edits go one at a time all the same. It lives on the silo that asked for it first:
/// one asks at its start, and then nothing has to travel.
/// </remarks>
[Reentrant]
[PreferLocalPlacement]
[GrainType("throttle-rules")]
internal sealed partial class RuleGrain(
    IGrainContext grainContext,
    [PersistentState("rules", BucketContext.StorageName)] IPersistentState<RulesRecord> stored,
    BucketContext context,
    ILogger<RuleGrain> log) : IGrainBase, IRuleGrain, IDisposable
{
    // Orleans warns of calls that take 20 seconds.
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(15);
    private static readonly RuleSetWire None = new(0, []);
    private readonly SemaphoreSlim _editing = new(1);
    private RuleSetWire _current = None;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IGrainContext GrainContext => grainContext;

    public Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _current = stored.State.Rules ?? None;
        return Task.CompletedTask;
    }

    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // So that calls which come in meanwhile are sent after it, and need not find out that the silo is gone.
        if (reason.ReasonCode == DeactivationReasonCode.ShuttingDown
            && !cancellationToken.IsCancellationRequested
            && context.HasOtherSilos)
        {
            this.MigrateOnIdle();
        }

        return Task.CompletedTask;
    }

    public ValueTask<RuleSetWire> GetAsync(CancellationToken cancellationToken = default) => new(_current);

    public async ValueTask<RuleSetWire> OfferAsync(RuleSetWire offered, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(offered);
        if (offered.Version > _current.Version)
        {
            await _editing.WaitAsync(cancellationToken);
            try
            {
                if (offered.Version > _current.Version)
                {
                    // As they are: what is known of changes before is part of what the storage may have lost.
                    Check(offered.Rules, offered.Version);
                    await PutInForceAsync(offered);
                }
            }
            finally
            {
                _editing.Release();
            }
        }

        return _current;
    }

    public async ValueTask<RuleEditReply> ReplaceAsync(
        RuleWire[] rules, long? expectedVersion, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rules);
        await _editing.WaitAsync(cancellationToken);
        try
        {
            if (expectedVersion is { } expected && expected != _current.Version)
            {
                return new(IsConflict: true, _current);
            }

            var set = Check(rules, _current.Version + 1);
            await PutInForceAsync(_current.Follow(set));
            return new(IsConflict: false, _current);
        }
        finally
        {
            _editing.Release();
        }
    }

    public async ValueTask<RuleSetWire?> WatchAsync(long version, CancellationToken cancellationToken = default)
    {
        if (_current.Version == version)
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.Draining);

            // Real time, for the time-out of a call is.
            await _changed.Task
                .WaitAsync(Slice, TimeProvider.System, ending.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return _current.Version == version ? null : _current;
    }

    public void Dispose() => _editing.Dispose();

    private static RuleSet Check(RuleWire[] rules, long version)
    {
        try
        {
            return new RuleSetWire(version, rules).ToRuleSet();
        }
        catch (Exception e) when (e is InvalidRulesException or FormatException)
        {
            throw new ArgumentException(e.Message, nameof(rules));
        }
    }

    private async Task PutInForceAsync(RuleSetWire rules)
    {
        stored.State = new() { Rules = rules };
        try
        {
            await stored.WriteStateAsync(CancellationToken.None);
        }
        catch (Exception e)
        {
            // It may be stored all the same. Only a new activation, which reads, knows.
            var failure = Failure.WithNewId(FailureReason.Storage);
            LogUnstored(log, e, rules.Version, failure.Id);
            stored.State = new() { Rules = _current };
            this.DeactivateOnIdle();
            WakeWatchers();
            throw new InvalidOperationException(failure.ToString());
        }

        _current = rules;
        LogInForce(log, rules.Version, rules.Rules.Length);
        WakeWatchers();
    }

    private void WakeWatchers()
    {
        var changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    [LoggerMessage(1, LogLevel.Information, "The rules of version {Version} are in force: {Count} of them")]
    private static partial void LogInForce(ILogger log, long version, int count);

    [LoggerMessage(2, LogLevel.Error, "The rules of version {Version} could not be stored (failure {Id}); the rules in force are to be asked for before the edit is repeated")]
    private static partial void LogUnstored(ILogger log, Exception reason, long version, string? id);
}
