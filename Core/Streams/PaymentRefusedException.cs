namespace Throttle.Core.Streams;

/// <summary>
/// A stream may not go on: what it would send never fits, a rule that could not be asked says <c>deny</c>, or its turn would come
/// later than it may wait. Nothing was taken, and what was sent before stays sent.
/// </summary>
public sealed class PaymentRefusedException : IOException
{
    /// <summary>A refusal in words; what the throttle said is added where one was asked.</summary>
    public PaymentRefusedException(string message, Decision? decision = null)
        : base(message) => Decision = decision;

    /// <summary>The refusal, where the stream pays by rules; null where it has a rate of its own.</summary>
    public Decision? Decision { get; }
}
