namespace Throttle.Core.Local;

/// <summary>Lists the live buckets of a rule: those that are in memory and not as new.</summary>
public interface IBucketList
{
    /// <summary>The most buckets of one page.</summary>
    const int MaxPage = 1_000;

    /// <summary>
    /// One page. Its work is bounded, so that a page may have fewer buckets than asked for, or none, and still a next one. On a node,
    /// buckets that come, go or move in memory while the pages are read may be missing or be there twice.
    /// </summary>
    /// <param name="ruleId">The rule.</param>
    /// <param name="after">Null, or the <see cref="BucketPage.Next"/> of the page before.</param>
    /// <param name="limit">The most buckets, 1 to <see cref="MaxPage"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The page; null where there is no such rule.</returns>
    /// <exception cref="FormatException">The text is not the next of a page.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is out of range.</exception>
    ValueTask<BucketPage?> ListAsync(string ruleId, string? after, int limit, CancellationToken cancellationToken = default);

    /// <summary>Throws where the rule is null or the limit is out of range.</summary>
    static void Check(string ruleId, int limit)
    {
        ArgumentNullException.ThrowIfNull(ruleId);
        if (limit is < 1 or > MaxPage)
        {
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"limit is {limit}; use 1 to {MaxPage}.");
        }
    }
}
