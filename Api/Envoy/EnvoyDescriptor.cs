namespace Throttle.Api.Envoy;

/// <summary>One descriptor of a request.</summary>
/// <param name="Entries">Its entries, in order.</param>
/// <param name="Limit">The limit that the request carries for it, which counts before the files'; null for none.</param>
/// <param name="HitsAddend">Its own hits; 0 only asks. Null for the request's.</param>
/// <param name="IsNegative">Whether its hits are given back instead of taken.</param>
internal sealed record EnvoyDescriptor(EnvoyEntry[] Entries, EnvoyLimit? Limit = null, ulong? HitsAddend = null, bool IsNegative = false);
