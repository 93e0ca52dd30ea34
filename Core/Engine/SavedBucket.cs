namespace Throttle.Core.Engine;

/// <summary>A bucket's state for storage, made by <see cref="Bucket.SetAside"/>.</summary>
public sealed class SavedBucket
{
    internal SavedBucket(byte[] bytes, object state, object limiter) => (Bytes, State, Limiter) = (bytes, state, limiter);

    /// <summary>What to store, for <see cref="Bucket.Restore"/> with the same spec.</summary>
    public byte[] Bytes { get; }

    /// <summary>The same, as the limiter's state.</summary>
    internal object State { get; }

    /// <summary>The limiter in whose units that counts.</summary>
    internal object Limiter { get; }
}
