using System.Runtime.CompilerServices;
using Throttle.Core.Limiters;

namespace Throttle.Core.Engine;

/// <summary>A spec and the limiter it describes: one for all buckets of the same spec object, as long as that lives.</summary>
internal abstract class SharedLimiter
{
    private static readonly ConditionalWeakTable<LimiterSpec, SharedLimiter> All = new();

    private SharedLimiter(LimiterSpec spec) => Spec = spec;

    public LimiterSpec Spec { get; }

    /// <summary>The limiter of a spec.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range; a validated rule has none such.</exception>
    public static SharedLimiter Of(LimiterSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return All.GetValue(spec, static spec => spec.Accept(new Maker(spec)));
    }

    public abstract Bucket Create(long now);

    public abstract Bucket CreateWith(long remaining, long now);

    /// <summary>A bucket of another algorithm goes on under this one.</summary>
    /// <param name="present">What the other answers to no permits now.</param>
    /// <param name="turns">Those who wait there for their instants, or null.</param>
    /// <param name="onChange">How it is carried over.</param>
    /// <param name="now">The present instant.</param>
    public abstract Bucket Adopt(in LimiterDecision present, TurnQueue? turns, OnChange onChange, long now);

    /// <exception cref="FormatException">The bytes are no state of this limiter.</exception>
    public abstract Bucket Restore(ReadOnlySpan<byte> saved);

    /// <summary>The same with the type of the limiter's state.</summary>
    internal sealed class With<TState>(LimiterSpec spec, ILimiter<TState> limiter) : SharedLimiter(spec)
        where TState : struct
    {
        public ILimiter<TState> Limiter { get; } = limiter;

        public override Bucket Create(long now) => new BucketOf<TState>(this, Limiter.Create(now));

        public override Bucket CreateWith(long remaining, long now) => new BucketOf<TState>(this, Limiter.CreateWith(remaining, now));

        public override Bucket Adopt(in LimiterDecision present, TurnQueue? turns, OnChange onChange, long now) =>
            new BucketOf<TState>(
                this,
                onChange == OnChange.Reset ? Limiter.Create(now) : Limiter.CreateWith(present.CarriedTo(Limiter.Limit, onChange), now),
                turns);

        public override Bucket Restore(ReadOnlySpan<byte> saved) =>
            new BucketOf<TState>(this, Limiter.Restore(saved)).RestoredFrom(saved);
    }

    private sealed class Maker(LimiterSpec spec) : ILimiterVisitor<SharedLimiter>
    {
        public SharedLimiter Visit<TState>(ILimiter<TState> limiter)
            where TState : struct => new With<TState>(spec, limiter);
    }
}
