namespace Throttle.Api.Envoy;

/// <summary>What <c>/json</c> is asked.</summary>
/// <param name="Domain">Not empty.</param>
/// <param name="Descriptors">At least one; each is decided on its own.</param>
/// <param name="HitsAddend">The hits of descriptors that have none of their own; 0 is 1.</param>
internal sealed record EnvoyRequest(string Domain, EnvoyDescriptor[] Descriptors, uint HitsAddend = 0)
{
    /// <summary>Whether any descriptor gives hits back.</summary>
    public bool GivesBack => Array.Exists(Descriptors, descriptor => descriptor.IsNegative);

    /// <summary>What a descriptor adds.</summary>
    public ulong HitsOf(EnvoyDescriptor descriptor) => descriptor.HitsAddend ?? Math.Max(1, HitsAddend);
}
