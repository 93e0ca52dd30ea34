using Throttle.Core.Rules;

namespace Throttle.Grains.Interfaces;

/// <summary>How a queue delivers, as it goes over the wire and into storage.</summary>
/// <param name="Url">Where work is posted, or null.</param>
/// <param name="TimeoutTicks">How long one attempt may take.</param>
/// <param name="Attempts">How often it is tried.</param>
/// <param name="BackoffTicks">The time before the second attempt.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.DeliveryWire")]
public sealed record DeliveryWire(
    [property: Id(0)] string? Url,
    [property: Id(1)] long TimeoutTicks,
    [property: Id(2)] int Attempts,
    [property: Id(3)] long BackoffTicks)
{
    /// <summary>The wire form.</summary>
    public static DeliveryWire From(Delivery delivery)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        return new(delivery.Url, delivery.TimeoutTicks, delivery.Attempts, delivery.BackoffTicks);
    }

    /// <summary>The same as rules know it.</summary>
    public Delivery ToDelivery() =>
        new() { Url = Url, TimeoutTicks = TimeoutTicks, Attempts = Attempts, BackoffTicks = BackoffTicks };
}
