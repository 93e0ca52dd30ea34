namespace Throttle.Core.Fields;

/// <summary>One row of a reference table: a field of a rule or of an algorithm.</summary>
/// <param name="Name">The name in rule files: <c>capacity</c>, <c>adaptive.min-factor</c>, <c>bandwidths[].refill</c>.</param>
/// <param name="Type">The kind of value: <c>duration</c>.</param>
/// <param name="Range">The allowed values; empty when any is allowed.</param>
/// <param name="Default">The value that counts when the field is left out; null when it must be given.</param>
/// <param name="Help">What the field does, in one sentence.</param>
public sealed record FieldDescription(string Name, string Type, string Range, string? Default, string Help);
