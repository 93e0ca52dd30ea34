using Throttle.Core.Rules.Patterns;

namespace Throttle.Core.Rules.Matching;

/// <summary>The rules that are filed under the values of one attribute.</summary>
/// <param name="isAddress">Whether the values are addresses, which are looked up in their one spelling.</param>
internal sealed class AttributeIndex(bool isAddress)
{
    private readonly Dictionary<string, List<int>> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _prefixes = new(StringComparer.Ordinal);
    private readonly Dictionary<AddressBlock, List<int>> _blocks = [];
    private readonly Dictionary<string, List<int>> _suffixes = new(StringComparer.Ordinal);
    private MiddleIndex? _middles;
    private PrefixIndex? _prefixIndex;

    // Of the ends, written backwards.
    private PrefixIndex? _suffixIndex;
    private (int PrefixLength, bool IsV4)[] _widths = [];

    public void Add(in IndexKey key, int rule)
    {
        if (key.Kind == PatternKind.Glob)
        {
            (_middles ??= new MiddleIndex()).Add(key.Text, rule);
            return;
        }

        var rules = key.Kind switch
        {
            PatternKind.Exact => ListOf(_exact, key.Text),
            PatternKind.Suffix => ListOf(_suffixes, string.Concat(key.Text.Reverse())),
            PatternKind.Block => ListOf(_blocks, key.Block),
            _ => ListOf(_prefixes, key.Text),
        };
        rules.Add(rule);
    }

    /// <summary>To be called once, after the last rule was added.</summary>
    public void Freeze()
    {
        _prefixIndex = _prefixes.Count == 0 ? null : new PrefixIndex(_prefixes);
        _middles?.Freeze();
        _suffixIndex = _suffixes.Count == 0 ? null : new PrefixIndex(_suffixes);
        _widths = [.. _blocks.Keys.Select(block => (block.PrefixLength, block.IsV4)).Distinct()];
    }

    public void Find(string value, ref MatchBuffer candidates)
    {
        value = isAddress ? AddressText.Canonicalize(value) : value;
        if (_exact.TryGetValue(value, out var exact))
        {
            AddAll(exact, ref candidates);
        }

        _prefixIndex?.Find(value, ref candidates);
        _middles?.Find(value, ref candidates);
        if (_suffixIndex is not null)
        {
            FindSuffixes(value, _suffixIndex, ref candidates);
        }

        if (_widths.Length > 0 && AddressBlock.TryParseAddress(value, out var address))
        {
            FindBlocks(address, ref candidates);
        }
    }

    private static void FindSuffixes(string value, PrefixIndex index, ref MatchBuffer candidates)
    {
        // No end that is looked for is longer than a pattern.
        Span<char> backwards = stackalloc char[Math.Min(value.Length, RuleLimits.MaxPatternLength)];
        value.AsSpan(value.Length - backwards.Length).CopyTo(backwards);
        backwards.Reverse();
        index.Find(backwards, ref candidates);
    }

    private static void AddAll(List<int> rules, ref MatchBuffer candidates)
    {
        foreach (var rule in rules)
        {
            candidates.Add(rule);
        }
    }

    private static List<int> ListOf<TKey>(Dictionary<TKey, List<int>> lists, TKey key)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list))
        {
            lists.Add(key, list = new List<int>(1));
        }

        return list;
    }

    private void FindBlocks(in AddressBlock address, ref MatchBuffer candidates)
    {
        foreach (var (prefixLength, isV4) in _widths)
        {
            if (isV4 == address.IsV4 && _blocks.TryGetValue(address.Widen(prefixLength), out var rules))
            {
                AddAll(rules, ref candidates);
            }
        }
    }
}
