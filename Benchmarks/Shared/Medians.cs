namespace Throttle.Benchmarks.Shared;

/// <summary>The middle of several measurements.</summary>
internal static class Medians
{
    /// <summary>The middle value, or of an even number the upper of the two in the middle.</summary>
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
