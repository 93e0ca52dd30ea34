using Throttle.Grains.Interfaces;
using Throttle.Grains.Storage;

namespace Throttle.Grains;

/// <content>Its end, and its way to another silo.</content>
internal abstract partial class BucketGrain : IGrainMigrationParticipant
{
    private const string MigrationKey = "throttle.bucket";
    private bool _isCountedAsLeaving;
    private bool _isEnding;

    public async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _isEnding = true;
        context.Owned.Remove(this);
        EndRoom();

        // A kill, an error, or a second activation: what is here is not to be trusted, or there is no time.
        var isTrusted = !cancellationToken.IsCancellationRequested
            && reason.ReasonCode is not (DeactivationReasonCode.ApplicationError or DeactivationReasonCode.DuplicateActivation);
        await OnEndAsync(isTrusted, reason);
        if (!isTrusted)
        {
            return;
        }

        await SettleAsync();
        var mayStay = _storage is not null && reason.ReasonCode == DeactivationReasonCode.ActivationIdle;
        if (_bucket is { } bucket && (HasMore || !bucket.IsNew(Now)) && !mayStay)
        {
            Leave(reason);
        }
    }

    /// <summary>Storage holds the exact state afterwards, or nothing where the bucket is as new.</summary>
    private async Task SettleAsync()
    {
        if (_bucket is null && _arrived is { } arrived)
        {
            // It came from another silo, and nobody has asked for it here.
            await MakeAsync(() => MakeAsync(arrived.Limit.ToSpec(), arrived.IsPersisted)).InTimeAsync(CancellationToken.None);
        }

        if (_storage is not null && _bucket is not null && await _storage.FlushAsync().InTimeAsync(CancellationToken.None) is { } error)
        {
            LogUnflushed(context.Log, grainContext.GrainId, error);
        }
    }

    private void Leave(DeactivationReason reason)
    {
        if (_storage is null && reason.ReasonCode == DeactivationReasonCode.ShuttingDown)
        {
            _isCountedAsLeaving = true;
            context.Losses.BeginHandOver();
        }

        if (context.HasOtherSilos)
        {
            this.MigrateOnIdle();
        }
    }

    public virtual void OnDehydrate(IDehydrationContext dehydrationContext)
    {
        if (_bucket is null)
        {
            return;
        }

        dehydrationContext.TryAddValue(
            MigrationKey,
            new MovedBucket
            {
                Limit = LimitWire.From(_bucket.Spec),
                State = _bucket.Save(),
                ResetAfterTicks = _bucket.Peek(0, Now).ResetAfterTicks,
                IsPersisted = _storage is not null,
                Etag = _storage?.Etag,
                HasRecord = _storage?.HasRecord ?? false,
                Heard = PackHeard(),
                Own = PackOwn(),
                IsPresumed = _isPresumed,
                RulesVersion = _bucketVersion,
            });
        if (_isCountedAsLeaving)
        {
            context.Losses.PackHandOver();
        }
    }

    public virtual void OnRehydrate(IRehydrationContext rehydrationContext)
    {
        // Its rule is not known yet.
        if (rehydrationContext.TryGetValue<MovedBucket>(MigrationKey, out var moved))
        {
            _arrived = moved;
            UnpackOwn(moved);
            Keep(Now, moved.ResetAfterTicks);
        }
    }

    void IStoredBucket.Forget(BucketStorage storage)
    {
        if (ReferenceEquals(storage, _storage))
        {
            Forget();
            this.DeactivateOnIdle();
        }
    }

    /// <summary>What is in memory counts no more. Who was promised an instant keeps it; who is in line asks again.</summary>
    private void Forget()
    {
        OnForget();
        (_bucket, _isReady, _heard, _isPresumed) = (null, false, null, false);
        IsRestored = false;
        EndRoom();
        Arm();
    }
}
