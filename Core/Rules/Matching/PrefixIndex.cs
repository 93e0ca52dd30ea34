namespace Throttle.Core.Rules.Matching;

/// <summary>
/// Finds all stored starts of a text with one binary search. The starts are sorted; every start of a text lies at or before
/// it in that order, and the last entry at or before it begins with all of them, so they are a chain of ever shorter starts.
/// </summary>
/// <remarks>
/// Chosen over one hash table for each length: its cost does not grow with the number of different lengths, and no choice of
/// values makes it slow.
/// </remarks>
internal sealed class PrefixIndex
{
    private readonly string[] _prefixes;
    private readonly int[][] _rules;

    // The longest other start of each start, or -1.
    private readonly int[] _parents;

    public PrefixIndex(Dictionary<string, List<int>> prefixes)
    {
        _prefixes = [.. prefixes.Keys.Order(StringComparer.Ordinal)];
        _rules = [.. _prefixes.Select(prefix => prefixes[prefix].ToArray())];
        _parents = new int[_prefixes.Length];
        for (var i = 0; i < _prefixes.Length; i++)
        {
            var parent = i - 1;
            while (parent >= 0 && !_prefixes[i].StartsWith(_prefixes[parent], StringComparison.Ordinal))
            {
                parent = _parents[parent];
            }

            _parents[i] = parent;
        }
    }

    public void Find(scoped ReadOnlySpan<char> value, ref MatchBuffer candidates)
    {
        var last = LastAtOrBefore(value);
        if (last < 0)
        {
            return;
        }

        var common = value.CommonPrefixLength(_prefixes[last]);
        for (var i = last; i >= 0; i = _parents[i])
        {
            if (_prefixes[i].Length <= common)
            {
                foreach (var rule in _rules[i])
                {
                    candidates.Add(rule);
                }
            }
        }
    }

    private int LastAtOrBefore(scoped ReadOnlySpan<char> value)
    {
        var low = 0;
        var high = _prefixes.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_prefixes[middle].AsSpan().SequenceCompareTo(value) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }
}
