namespace Throttle.Core.Local;

/// <summary>Lists the live buckets of a rule: those that are not as new.</summary>
public interface IBucketList
{
    /// <summary>The most buckets of one page.</summary>
    const int MaxPage = 1_000;

    /// <summary>
    /// One page. It looks at ten places of the table for each bucket that it may list, so that a page may have fewer buckets, or
    /// none, and still a next one. Buckets that come, go or move in memory while the pages are read may be missing or be there twice.
    /// </summary>
    /// <param name="ruleId">The rule.</param>
    /// <param name="start">Where to start: 0, or the <see cref="BucketPage.Next"/> of the page before.</param>
    /// <param name="limit">The most buckets, 1 to <see cref="MaxPage"/>.</param>
    /// <returns>The page; null where there is no such rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The start is negative, or the limit is out of range.</exception>
    BucketPage? List(string ruleId, long start, int limit);
}
