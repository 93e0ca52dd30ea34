namespace Throttle.Core;

/// <summary>Makes <see cref="Attributes"/>; what a collection expression calls.</summary>
public static class AttributesBuilder
{
    /// <summary>Attributes of these names and values.</summary>
    public static Attributes Create(ReadOnlySpan<(string Name, string Value)> items) => new(items);
}
