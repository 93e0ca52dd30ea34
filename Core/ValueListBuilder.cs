namespace Throttle.Core;

/// <summary>Makes a <see cref="ValueList{T}"/>; what a collection expression calls.</summary>
public static class ValueListBuilder
{
    /// <summary>A list of these items.</summary>
    public static ValueList<T> Create<T>(ReadOnlySpan<T> items) => items.IsEmpty ? ValueList<T>.Empty : new(items);
}
