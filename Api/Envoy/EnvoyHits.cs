namespace Throttle.Api.Envoy;

/// <summary>How the hits of one call are told apart in metrics; the arithmetic is Envoy's.</summary>
/// <param name="Within">Hits of a call that was within the limit.</param>
/// <param name="Over">Hits beyond the limit.</param>
/// <param name="Near">Hits beyond four fifths of the limit and not beyond all of it.</param>
internal readonly record struct EnvoyHits(ulong Within, ulong Over, ulong Near)
{
    /// <param name="limit">The limit.</param>
    /// <param name="before">What was used before.</param>
    /// <param name="hits">The call's hits, whether they were taken or not.</param>
    public static EnvoyHits Of(ulong limit, ulong before, ulong hits)
    {
        // Rounded down, as Envoy's near limit ratio of 0.8.
        var near = limit * 4 / 5;
        var after = checked(before + hits);
        if (after <= limit)
        {
            return new(hits, 0, after <= near ? 0 : before >= near ? hits : after - near);
        }

        return before >= limit ? new(0, hits, 0) : new(0, after - limit, limit - Math.Max(near, before));
    }
}
