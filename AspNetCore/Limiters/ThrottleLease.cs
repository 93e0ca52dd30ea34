using System.Threading.RateLimiting;
using Throttle.Core;

namespace Throttle.AspNetCore.Limiters;

/// <summary>
/// An answer as .NET's limiters give it. Disposing ends what can be ended, which is the lease of a concurrency rule; permits
/// that refill are spent.
/// </summary>
internal sealed class ThrottleLease : RateLimitLease
{
    private static readonly string[] Names = [MetadataName.RetryAfter.Name, MetadataName.ReasonPhrase.Name, ThrottleMetadata.Decision.Name];

    private readonly Decision? _decision;
    private readonly string? _reason;
    private readonly HeldLease? _held;
    private Action? _ended;

    private ThrottleLease(bool isAcquired, Decision? decision, string? reason, HeldLease? held, Action? ended)
    {
        IsAcquired = isAcquired;
        (_decision, _reason, _held, _ended) = (decision, reason, held, ended);
    }

    /// <inheritdoc/>
    public override bool IsAcquired { get; }

    /// <summary>Whether it was given up.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>What was answered; null where nobody was asked.</summary>
    public Decision? Decision => _decision;

    /// <inheritdoc/>
    public override IEnumerable<string> MetadataNames => Names;

    /// <summary>Permits that were taken.</summary>
    /// <param name="decision">What was answered.</param>
    /// <param name="held">Holds its lease; null where there is none.</param>
    /// <param name="ended">Is told, once, when the lease is given up.</param>
    public static ThrottleLease Acquired(Decision decision, HeldLease? held = null, Action? ended = null) => new(true, decision, null, held, ended);

    /// <summary>A refusal.</summary>
    /// <param name="decision">What was answered; null where nobody was asked.</param>
    /// <param name="reason">Why, where it was not the limit.</param>
    public static ThrottleLease Failed(Decision? decision, string? reason = null) => new(false, decision, reason, null, null);

    /// <inheritdoc/>
    public override bool TryGetMetadata(string metadataName, out object? metadata)
    {
        metadata = metadataName == MetadataName.RetryAfter.Name ? RetryAfter()
            : metadataName == MetadataName.ReasonPhrase.Name ? _reason
            : metadataName == ThrottleMetadata.Decision.Name ? _decision
            : null;
        return metadata is not null;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        if (disposing && _held is not null && Interlocked.Exchange(ref _ended, null) is { } ended)
        {
            // In this process it has ended when this returns; elsewhere it is told, and not waited for.
            _ = _held.DisposeAsync().AsTask();
            ended();
        }
    }

    private object? RetryAfter() =>
        !IsAcquired && _decision is { IsAllowed: false } refused && refused.RetryAfter > TimeSpan.Zero ? refused.RetryAfter : null;
}
