namespace Throttle.Core.Usage;

/// <summary>
/// What several nodes have counted, merged from what they report. Reports are cumulative: one that is lost, repeated or late
/// changes nothing in the end, and nothing counts twice. Pure, and for one caller at a time.
/// </summary>
/// <remarks>
/// A node that has not reported for <see cref="EndTicks"/> counts as ended, until it reports again. Of those that have ended,
/// <see cref="MaxEnded"/> are kept apart, those that ended last; earlier ones are folded together. A folded count is not taken
/// any more: who still has one is told to begin another, with what it has counted since it last reported.
/// </remarks>
public sealed class UsageLedger
{
    /// <summary>How long a node may be silent, in ticks: 5 minutes.</summary>
    public const long EndTicks = 5 * TimeSpan.TicksPerMinute;

    /// <summary>How many counts that have ended are kept apart.</summary>
    public const int MaxEnded = 32;

    /// <summary>How many rules that are gone are kept apart: more than nodes report, so that none that was put together is reported again.</summary>
    public const int MaxRemovedRules = 2 * UsageReport.MaxRemovedRules;

    internal static readonly UsageSource Earlier = new(UsageReport.EarlierNodes, 0);

    private readonly long _since;
    private readonly Dictionary<UsageSource, long> _heardAt = [];
    private readonly Dictionary<string, (RuleUsage Usage, long ChangedAs)> _rules = new(StringComparer.Ordinal);
    private long _foldedThrough;
    private long _changes;

    /// <summary>A ledger that nobody has reported to.</summary>
    /// <param name="now">The present instant in ticks.</param>
    public UsageLedger(long now) => _since = now;

    /// <summary>The ledger that <see cref="Save"/> saw.</summary>
    public UsageLedger(SavedUsage saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        (_since, _foldedThrough) = (saved.Since, saved.FoldedThrough);
        foreach (var (source, heardAt) in saved.Sources)
        {
            _heardAt[source] = heardAt;
        }

        foreach (var (rule, source, counts) in saved.Rows)
        {
            Merge(rule, source, counts);
        }
    }

    /// <summary>Takes what a node has counted of some rules since its count began.</summary>
    /// <param name="source">The node and its count.</param>
    /// <param name="rows">The rules, in any order; what is left out stays as it was.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <returns>Null when it was taken; else the count was folded, and the node must begin one later than this.</returns>
    public long? Report(UsageSource source, IEnumerable<(string Rule, UsageCounts Counts)> rows, long now)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (source.Incarnation <= _foldedThrough && !_heardAt.ContainsKey(source))
        {
            return _foldedThrough;
        }

        _heardAt[source] = Math.Max(now, _heardAt.GetValueOrDefault(source));
        foreach (var (rule, counts) in rows)
        {
            Merge(rule, source, counts);
        }

        return null;
    }

    /// <summary>Puts together what need not be apart any more.</summary>
    /// <param name="isRule">Whether there is such a rule now.</param>
    /// <param name="now">The present instant in ticks.</param>
    public void Tidy(Func<string, bool> isRule, long now)
    {
        ArgumentNullException.ThrowIfNull(isRule);
        var ended = _heardAt.Where(heard => HasEnded(heard.Value, now)).OrderByDescending(heard => heard.Value).Skip(MaxEnded);
        foreach (var source in ended.Select(heard => heard.Key).ToArray())
        {
            Fold(source);
        }

        var removed = _rules.Where(rule => !isRule(rule.Key) && !string.Equals(rule.Key, UsageReport.RemovedRules, StringComparison.Ordinal));
        foreach (var (rule, (usage, _)) in removed.OrderByDescending(r => r.Value.ChangedAs).Skip(MaxRemovedRules).ToArray())
        {
            _rules.Remove(rule);
            var together = _heardAt.Keys.Append(Earlier).Aggregate(default(UsageCounts), (sum, source) => sum + usage[source.ToString()]);
            var before = _rules.GetValueOrDefault(UsageReport.RemovedRules).Usage?[Earlier.ToString()] ?? default;
            Merge(UsageReport.RemovedRules, Earlier, before + together);
        }
    }

    /// <summary>Everything, by rule and node.</summary>
    public UsageReport Read(long now)
    {
        var nodes = _heardAt.GroupBy(heard => heard.Key.Node, StringComparer.Ordinal)
            .Select(heard => new UsageNode(heard.Key, heard.All(h => HasEnded(h.Value, now))))
            .OrderBy(node => node.Name, StringComparer.Ordinal);
        var rows = Rows().GroupBy(row => (row.Rule, row.Source.Node))
            .Select(rows => new UsageRow(rows.Key.Rule, rows.Key.Node, rows.Aggregate(default(UsageCounts), (sum, row) => sum + row.Counts)))
            .OrderBy(row => row.Rule, StringComparer.Ordinal)
            .ThenBy(row => row.Node, StringComparer.Ordinal);
        return new(Time.Ticks.ToInstant(_since), [.. nodes], [.. rows]);
    }

    /// <summary>Everything, for storage.</summary>
    public SavedUsage Save() => new(_since, _foldedThrough, [.. _heardAt.Select(heard => (heard.Key, heard.Value))], [.. Rows()]);

    private static bool HasEnded(long heardAt, long now) => now - heardAt > EndTicks;

    private IEnumerable<(string Rule, UsageSource Source, UsageCounts Counts)> Rows() =>
        from rule in _rules
        from source in _heardAt.Keys.Append(Earlier)
        let counts = rule.Value.Usage[source.ToString()]
        where !counts.IsZero
        select (rule.Key, source, counts);

    private void Merge(string rule, UsageSource source, in UsageCounts counts)
    {
        var (usage, changedAs) = _rules.GetValueOrDefault(rule);
        var merged = (usage ?? RuleUsage.Zero).Merge(RuleUsage.Of(source.ToString(), counts));
        _rules[rule] = (merged, merged == usage ? changedAs : ++_changes);
    }

    private void Fold(UsageSource source)
    {
        _heardAt.Remove(source);
        _foldedThrough = Math.Max(_foldedThrough, source.Incarnation);
        foreach (var (rule, (usage, changedAs)) in _rules.ToArray())
        {
            _rules[rule] = (usage.Fold(Earlier.ToString(), source.ToString()), changedAs);
        }
    }
}
