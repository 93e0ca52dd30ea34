using System.Buffers;
using System.Numerics;

namespace Throttle.Core.Rules.Matching;

/// <summary>
/// Finds all stored texts that stand anywhere in a value: a look-up for each place in it and each of a few lengths, however many
/// texts there are. Of a longer text only the end is stored, so what is found may match and is compared then.
/// </summary>
internal sealed class MiddleIndex
{
    /// <summary>The longest text that is stored; shorter ones are cut to a power of two, so that there are five lengths at most.</summary>
    private const int MaxLength = 16;

    private const int WordsOnStack = 256;

    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<List<int>> _rules = [];
    private int[] _lengths = [];

    /// <summary>The end of a text that is stored for it.</summary>
    public static string StoredOf(string text) => text[^(text.Length >= MaxLength ? MaxLength : 1 << BitOperations.Log2((uint)text.Length))..];

    public void Add(string stored, int rule)
    {
        if (!_places.TryGetValue(stored, out var place))
        {
            _places.Add(stored, place = _rules.Count);
            _rules.Add([]);
        }

        _rules[place].Add(rule);
    }

    /// <summary>To be called once, after the last text was added.</summary>
    public void Freeze() => _lengths = [.. _places.Keys.Select(text => text.Length).Distinct()];

    public void Find(string value, ref MatchBuffer candidates)
    {
        // Each text once, however often it stands in the value.
        var words = (_rules.Count + 63) / 64;
        var rented = words > WordsOnStack ? ArrayPool<ulong>.Shared.Rent(words) : null;
        Span<ulong> seen = rented is null ? stackalloc ulong[WordsOnStack] : rented;
        seen = seen[..words];
        seen.Clear();
        var lookup = _places.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var length in _lengths)
        {
            for (var i = 0; i <= value.Length - length; i++)
            {
                if (lookup.TryGetValue(value.AsSpan(i, length), out var place) && (seen[place / 64] & (1UL << (place & 63))) == 0)
                {
                    seen[place / 64] |= 1UL << (place & 63);
                    foreach (var rule in _rules[place])
                    {
                        candidates.Add(rule);
                    }
                }
            }
        }

        if (rented is not null)
        {
            ArrayPool<ulong>.Shared.Return(rented);
        }
    }
}
