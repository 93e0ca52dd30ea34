namespace Throttle.Core.Streams;

/// <summary>Everything passes.</summary>
internal sealed class UnlimitedPacer : Pacer
{
    public override long Largest => long.MaxValue;

    public override long Step => long.MaxValue;

    private protected override ValueTask<bool> TryPayAsync(long units, CancellationToken cancellationToken) => new(true);

    private protected override PaymentRefusedException TooLarge(long units) => new($"{units} never fit.");
}
