using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;

namespace Throttle.Grains.Interfaces;

/// <summary>A bucket's answer to the holder of a grant that is about to make its call.</summary>
/// <param name="Status">Whether it may.</param>
/// <param name="Ticks">100 ns ticks: within which it may, or until it is worth asking again; else 0.</param>
/// <param name="Error">Why no answer could be had, as the text of a <see cref="Failure"/>; null but for <see cref="BeginStatus.Failed"/>.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.BeginReply")]
public readonly record struct BeginReply(
    [property: Id(0)] BeginStatus Status,
    [property: Id(1)] long Ticks,
    [property: Id(2)] string? Error)
{
    /// <summary>A limiter's answer as it goes over the wire.</summary>
    public static BeginReply From(BeginAnswer answer) => answer.Outcome switch
    {
        BeginOutcome.Begun => new(BeginStatus.Begun, answer.WithinTicks, null),
        BeginOutcome.Wait => new(BeginStatus.Wait, answer.WaitTicks, null),
        _ => new(BeginStatus.Expired, 0, null),
    };

    /// <summary>Where the bucket itself cannot be asked.</summary>
    public static BeginReply FromUnasked(BucketReply reply) => reply.Status == BucketStatus.Stale
        ? new(BeginStatus.Stale, 0, null)
        : new(BeginStatus.Failed, 0, reply.Error);

    /// <summary>The answer as engines know it.</summary>
    public BucketBegin ToBegin() => Status switch
    {
        BeginStatus.Begun => new(BeginAnswer.Begun(Ticks)),
        BeginStatus.Wait => new(BeginAnswer.Wait(Ticks)),
        BeginStatus.Expired => new(BeginAnswer.Expired),
        BeginStatus.Stale => new(BeginAnswer.Unspaced),
        _ => new(default, Failure.Parse(Error)),
    };
}
