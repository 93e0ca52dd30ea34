using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Throttle.Core.Rules;

namespace Throttle.Core.Usage;

/// <summary>
/// Counts decisions by rule in this process's memory: two additions a decision, no lock, no call. What was counted of a rule that
/// is gone stays under its id; of those beyond <see cref="UsageReport.MaxRemovedRules"/> the ones that went first are counted
/// together. Safe from any thread.
/// </summary>
internal sealed class UsageMeter
{
    private readonly ConcurrentDictionary<string, UsageCell> _cells = new(StringComparer.Ordinal);
    private readonly Lock _changing = new();
    private long _removals;
    private long _folds;
    private volatile Map _map = new(RuleSet.Empty, []);

    /// <summary>How often rules that are gone were put together.</summary>
    public long Folds => Volatile.Read(ref _folds);

    /// <summary>Takes note of the present rules, for a process that is asked for none of them.</summary>
    public void Follow(RuleSet set)
    {
        lock (_changing)
        {
            FollowLocked(set);
        }
    }

    /// <summary>Counts one rule's part in a decision.</summary>
    /// <param name="set">The rules that were asked.</param>
    /// <param name="index">The rule's place among them.</param>
    /// <param name="outcome">What it said.</param>
    /// <param name="permits">Permits granted, 0 or more.</param>
    public void Count(RuleSet set, int index, UsageOutcome outcome, long permits)
    {
        var map = _map;
        var cell = ReferenceEquals(map.Set, set) ? map.Cells[index] : null;
        (cell ?? FindCell(set, index)).Count(outcome, permits);
    }

    /// <summary>Adds what happened to the work of a queue.</summary>
    /// <param name="ruleId">The queue's rule.</param>
    /// <param name="counts">Work that was accepted as allowed, refused as refused, failed for good or too old as errors, delivered as permits.</param>
    public void Count(string ruleId, in UsageCounts counts)
    {
        if (!counts.IsZero)
        {
            _cells.GetOrAdd(ruleId, static id => new(id)).Add(counts, returned: 0);
        }
    }

    /// <summary>Counts permits of one rule that came back.</summary>
    /// <param name="set">The rules that were asked.</param>
    /// <param name="index">The rule's place among them.</param>
    /// <param name="permits">Permits, 0 or more.</param>
    public void CountReturned(RuleSet set, int index, long permits) => FindCell(set, index).CountReturned(permits);

    /// <summary>The cell of something other than a rule, which is kept; its name can be no rule's id. The caller bounds how many there are.</summary>
    public UsageCell CellOf(string name) => _cells.GetOrAdd(name, static name => new(name) { IsKept = true });

    /// <summary>What was counted until now of each rule that was ever asked, in no order.</summary>
    public IEnumerable<(string Rule, UsageCounts Counts)> Read()
    {
        foreach (var (rule, cell) in _cells)
        {
            if (cell.Read() is { IsZero: false } counts)
            {
                yield return (rule, counts);
            }
        }
    }

    /// <summary>How many permits came back until now, of each rule that any came back to, in no order.</summary>
    public IEnumerable<(string Rule, long Permits)> ReadReturned()
    {
        foreach (var (rule, cell) in _cells)
        {
            if (cell.ReadReturned() is > 0 and var permits)
            {
                yield return (rule, permits);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private UsageCell FindCell(RuleSet set, int index)
    {
        var cell = _cells.GetOrAdd(set.Rules[index].Id, static id => new(id));
        lock (_changing)
        {
            FollowLocked(set);
            if (ReferenceEquals(_map.Set, set))
            {
                _map.Cells[index] = cell;
            }
        }

        return cell;
    }

    private void FollowLocked(RuleSet set)
    {
        // Whoever still goes by older rules finds the cell by its id.
        if (!ReferenceEquals(_map.Set, set) && set.Version >= _map.Set.Version)
        {
            _map = new(set, new UsageCell?[set.Rules.Length]);
            FollowRemovals(set);
        }
    }

    private void FollowRemovals(RuleSet set)
    {
        var removed = new List<UsageCell>();
        foreach (var (rule, cell) in _cells)
        {
            if (cell.IsKept || set.IndexOf(rule) >= 0 || string.Equals(rule, UsageReport.RemovedRules, StringComparison.Ordinal))
            {
                cell.RemovedAs = 0;
                continue;
            }

            cell.RemovedAs = cell.RemovedAs == 0 ? ++_removals : cell.RemovedAs;
            removed.Add(cell);
        }

        foreach (var cell in removed.OrderByDescending(c => c.RemovedAs).Skip(UsageReport.MaxRemovedRules))
        {
            _cells.TryRemove(cell.Rule, out _);
            Volatile.Write(ref _folds, _folds + 1);
            _cells.GetOrAdd(UsageReport.RemovedRules, static id => new(id)).Add(cell.Read(), cell.ReadReturned());
        }
    }

    private sealed record Map(RuleSet Set, UsageCell?[] Cells);
}
