namespace Throttle.Core.Usage;

/// <summary>
/// What of a meter's counts a node has still to report, and under which count. Cumulative, so that a report that was lost needs
/// only the next one, and that one which came twice does no harm. For one caller at a time.
/// </summary>
internal sealed class UsageSender(UsageMeter meter, string node, long now)
{
    private readonly Dictionary<string, UsageCounts> _sent = new(StringComparer.Ordinal);
    private readonly HashSet<string> _heard = new(StringComparer.Ordinal);
    private Dictionary<string, UsageCounts> _before = new(StringComparer.Ordinal);
    private long _folds;

    /// <summary>The node's present count.</summary>
    public UsageSource Source { get; private set; } = new(node, now);

    /// <summary>What has changed since it was last heard, rule by rule, since the count began.</summary>
    /// <param name="most">The most rules at once.</param>
    /// <param name="at">The present instant in ticks.</param>
    public IReadOnlyList<(string Rule, UsageCounts Counts)> Next(int most, long at)
    {
        if (meter.Folds != _folds)
        {
            // A rule that was put with others begins at zero if it comes back.
            _folds = meter.Folds;
            BeginAfter(at - 1, at);
        }

        var rows = new List<(string Rule, UsageCounts Counts)>();
        foreach (var (rule, counts) in meter.Read())
        {
            // Those together are at the other end, too, each as it was last reported.
            if (rows.Count == most)
            {
                break;
            }

            if (!string.Equals(rule, UsageReport.RemovedRules, StringComparison.Ordinal)
                && (!_heard.Contains(rule) || _sent.GetValueOrDefault(rule) != counts)
                && counts != _before.GetValueOrDefault(rule))
            {
                rows.Add((rule, counts - _before.GetValueOrDefault(rule)));
                _sent[rule] = counts;
                _heard.Remove(rule);
            }
        }

        return rows;
    }

    /// <summary>A report was heard.</summary>
    public void Heard(IEnumerable<(string Rule, UsageCounts Counts)> rows) => _heard.UnionWith(rows.Select(row => row.Rule));

    /// <summary>Whoever heard the reports has lost some: all are to be sent again.</summary>
    public void SendAll() => _heard.Clear();

    /// <summary>Begins another count with what was not sent yet: what was sent may have been heard, and must not count twice.</summary>
    public void BeginAfter(long incarnation, long at)
    {
        Source = Source with { Incarnation = Math.Max(incarnation + 1, Math.Max(at, Source.Incarnation + 1)) };
        _heard.Clear();
        _before = new(StringComparer.Ordinal);
        foreach (var (rule, counts) in meter.Read())
        {
            // One that counts less than was sent has begun at zero again.
            if (_sent.TryGetValue(rule, out var sent) && (sent - counts).IsZero)
            {
                _before[rule] = sent;
            }
        }

        _sent.Clear();
        foreach (var (rule, counts) in _before)
        {
            _sent[rule] = counts;
        }
    }
}
