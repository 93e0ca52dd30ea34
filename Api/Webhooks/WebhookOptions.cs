namespace Throttle.Api.Webhooks;

/// <summary>How a node posts work to webhooks.</summary>
public sealed record WebhookOptions
{
    /// <summary>The most that either number may be.</summary>
    public const int MostDeliveries = 10_000;

    /// <summary>Deliveries under way at once in all, 1 to <see cref="MostDeliveries"/>; 256 by default. Each holds one connection.</summary>
    public int MaxDeliveries { get; init; } = 256;

    /// <summary>Deliveries under way at once to one scheme, host and port, 1 to <see cref="MostDeliveries"/>; 32 by default.</summary>
    public int MaxDeliveriesPerTarget { get; init; } = 32;

    /// <summary>Signs deliveries; null, the default, sends them unsigned.</summary>
    public WebhookSecret? Secret { get; init; }

    /// <summary>Fails where a number is out of range.</summary>
    /// <exception cref="ArgumentException">One is; the message names value and range.</exception>
    public void Check()
    {
        Check(MaxDeliveries, nameof(MaxDeliveries));
        Check(MaxDeliveriesPerTarget, nameof(MaxDeliveriesPerTarget));
    }

    private static void Check(int value, string name)
    {
        if (value is < 1 or > MostDeliveries)
        {
            throw new ArgumentException($"{name} is {value}; use 1 to {MostDeliveries}.");
        }
    }
}
