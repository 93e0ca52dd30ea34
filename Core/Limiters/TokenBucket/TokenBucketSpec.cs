using Throttle.Core.Fields;

namespace Throttle.Core.Limiters;

/// <summary><c>token-bucket</c>: one bandwidth, or several that must all have the permits.</summary>
/// <param name="Bandwidths">1 to <see cref="Limits.MaxBandwidths"/> of them.</param>
public sealed record TokenBucketSpec(ValueList<Bandwidth> Bandwidths) : LimiterSpec
{
    /// <summary>One bandwidth.</summary>
    public TokenBucketSpec(long capacity, Rate refill)
        : this([new Bandwidth(capacity, refill)])
    {
    }

    /// <summary>The algorithm.</summary>
    public static Algorithm<TokenBucketSpec> Definition { get; } = new(
        "token-bucket",
        "A bucket of permits that refills at a rate, or several such bandwidths that must all have the permits.",
        [FluidLimiter.StateKind, MultiTokenBucket.StateKind],
        new(
            new(1, new(1, TimeSpan.TicksPerSecond)),
            new BandwidthsField(),
            new Field<TokenBucketSpec, long>(
                "debt",
                new NumberKind(0, Limits.MaxPermits - 1, isPermits: true) { IsCheckedTogether = true, RangeText = $"0 to {Limits.MaxPermits} less the capacity" },
                s => s.Debt,
                (s, v) => s with { Debt = v },
                "Permits above the capacity that one call may take if it waits until they have come; goes with one bandwidth."))
        {
            ChecksTogether = CheckDebt,
        });

    /// <summary>
    /// Permits above the capacity that one call may take if it waits until they have come, 0 or more; goes with one bandwidth.
    /// </summary>
    public long Debt { get; init; }

    /// <inheritdoc/>
    public override Algorithm Kind => Definition;

    /// <inheritdoc/>
    public override long RefillTicks =>
        Bandwidths is null ? 0 : Bandwidths.Select(bandwidth => bandwidth.Refill.TicksFor(bandwidth.Capacity)).DefaultIfEmpty().Max();

    /// <inheritdoc/>
    /// <remarks>Of several bandwidths, the one that bounds a single request: the smallest, and of equals the slowest.</remarks>
    public override Quota Quota
    {
        get
        {
            var least = new Quota(long.MaxValue, 0);
            foreach (var bandwidth in Bandwidths.AsSpan())
            {
                var quota = Quota.OfFill(bandwidth.Capacity, bandwidth.Refill);
                least = quota.Permits < least.Permits || (quota.Permits == least.Permits && quota.WindowTicks > least.WindowTicks) ? quota : least;
            }

            return least;
        }
    }

    internal override IReadOnlyList<Rate> SteadyRates => [.. Bandwidths.Select(bandwidth => bandwidth.Refill)];

    /// <inheritdoc/>
    public override TResult Accept<TResult>(ILimiterVisitor<TResult> visitor, Func<Guid>? newLeaseId = null) => Bandwidths is [var only]
        ? visitor.Visit(new TokenBucket(only.Capacity, only.Refill, Debt))
        : visitor.Visit(new MultiTokenBucket(Bandwidths));

    private static void CheckDebt(TokenBucketSpec spec, Action<string, string> add)
    {
        var capacity = spec.Bandwidths is [var only, ..] ? Math.Clamp(only.Capacity, 1, Limits.MaxPermits) : 1;
        if (spec.Debt < 0 || spec.Debt > Limits.MaxPermits - capacity)
        {
            add("debt", $"debt is {spec.Debt}; use 0 to {Limits.MaxPermits - capacity}");
        }
        else if (spec.Debt > 0 && spec.Bandwidths?.Count > 1)
        {
            add("debt", $"debt is {spec.Debt}, which goes with one bandwidth; there are {spec.Bandwidths.Count}");
        }
    }
}
