using System.Numerics;

namespace Throttle.Core.Rules.Patterns;

/// <summary>
/// The part of a glob from its first wildcard on, as an automaton that is run over a value once, without going back: a step
/// a character and live state, and a <c>**</c> retires all states before it.
/// </summary>
/// <remarks>
/// State i means that i characters of the pattern have been met. A wildcard is a loop on a state: on any character, or on
/// any but a slash. "Folders" are a loop on any character, then a slash that may be skipped on arrival.
/// </remarks>
internal sealed class Glob
{
    // One state more than the longest pattern has characters, 64 a word.
    private const int MaxWords = (RuleLimits.MaxPatternLength / 64) + 1;

    private readonly char[] _characters;
    private readonly Loop[] _loops;
    private readonly bool[] _canSkip;
    private readonly int _words;

    public Glob(List<GlobPart> parts)
    {
        var count = parts.Count(part => part.Kind is GlobPartKind.Literal or GlobPartKind.AnyFolders);
        _characters = new char[count];
        _loops = new Loop[count + 1];
        _canSkip = new bool[count + 1];
        _words = (count / 64) + 1;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_words, MaxWords);
        (Suffix, Middle) = FindTexts(parts);
        var state = 0;
        foreach (var part in parts)
        {
            switch (part.Kind)
            {
                case GlobPartKind.Literal:
                    _characters[state++] = part.Character;
                    break;
                case GlobPartKind.AnySegment:
                    _loops[state] = (Loop)Math.Max((int)_loops[state], (int)Loop.Segment);
                    break;
                case GlobPartKind.AnyText:
                    _loops[state] = Loop.Text;
                    break;
                default:
                    _loops[state] = Loop.Text;
                    _canSkip[state] = true;
                    _characters[state++] = '/';
                    break;
            }
        }
    }

    private enum Loop
    {
        None,
        Segment,
        Text,
    }

    /// <summary>The end of every matching value.</summary>
    public string Suffix { get; }

    /// <summary>The longest text that stands in every matching value between two wildcards, or after the first.</summary>
    public string Middle { get; }

    public bool IsMatch(ReadOnlySpan<char> value)
    {
        // Most values that do not match lack a text of the pattern, and looking for one is far cheaper than the automaton.
        if (!value.EndsWith(Suffix) || !value.Contains(Middle, StringComparison.Ordinal))
        {
            return false;
        }

        Span<ulong> live = stackalloc ulong[MaxWords];
        Span<ulong> next = stackalloc ulong[MaxWords];
        live = live[.._words];
        next = next[.._words];
        live.Clear();
        var floor = 0;
        Enter(live, 0, ref floor);
        foreach (var c in value)
        {
            next.Clear();
            if (!Step(live, next, c, ref floor))
            {
                return false;
            }

            var previous = live;
            live = next;
            next = previous;
        }

        return (live[_words - 1] & Bit(_characters.Length)) != 0;
    }

    /// <summary>The text after the last wildcard, and the longest between two.</summary>
    private static (string Suffix, string Inner) FindTexts(List<GlobPart> parts)
    {
        var (inner, text) = ("", "");
        foreach (var part in parts)
        {
            if (part.Kind == GlobPartKind.Literal)
            {
                text += part.Character;
                continue;
            }

            inner = text.Length > inner.Length ? text : inner;
            text = "";
        }

        return (text, inner);
    }

    private static ulong Bit(int state) => 1UL << (state & 63);

    /// <summary>One character. False when no state is left.</summary>
    private bool Step(ReadOnlySpan<ulong> live, Span<ulong> next, char c, ref int floor)
    {
        // From the last "any text" on, every state before it is beaten: whatever it could still match, that one can too.
        var from = floor;
        var isAlive = false;
        for (var word = from / 64; word < live.Length; word++)
        {
            for (var bits = live[word]; bits != 0; bits &= bits - 1)
            {
                var state = (word * 64) + BitOperations.TrailingZeroCount(bits);
                if (state < from)
                {
                    continue;
                }

                if (_loops[state] == Loop.Text || (_loops[state] == Loop.Segment && c != '/'))
                {
                    next[word] |= Bit(state);
                    isAlive = true;
                }

                if (state < _characters.Length && _characters[state] == c)
                {
                    Enter(next, state + 1, ref floor);
                    isAlive = true;
                }
            }
        }

        return isAlive;
    }

    private void Enter(Span<ulong> states, int state, ref int floor)
    {
        while (true)
        {
            states[state / 64] |= Bit(state);
            if (_loops[state] == Loop.Text)
            {
                floor = Math.Max(floor, state);
            }

            if (!_canSkip[state])
            {
                return;
            }

            state++;
        }
    }
}
