using System.Collections;
using System.Runtime.CompilerServices;
using Throttle.Core.Rules;
using Throttle.Core.Rules.Matching;

namespace Throttle.Core;

/// <summary>
/// What is known of a request, as names and values: <c>[("user", "42"), ("path", "/api/x")]</c>. Names are compared
/// exactly; of two with one name the first counts. One attribute costs no allocation.
/// </summary>
[CollectionBuilder(typeof(AttributesBuilder), nameof(AttributesBuilder.Create))]
public readonly struct Attributes : IReadOnlyCollection<(string Name, string Value)>
{
    private readonly (string Name, string Value) _first;
    private readonly (string Name, string Value)[]? _all;

    internal Attributes(ReadOnlySpan<(string Name, string Value)> items)
    {
        Count = items.Length;
        if (Count > 0)
        {
            _first = items[0];
        }

        if (Count > 1)
        {
            _all = items.ToArray();
        }

        foreach (var (name, value) in items)
        {
            ArgumentNullException.ThrowIfNull(name);
            ArgumentNullException.ThrowIfNull(value);
        }
    }

    /// <summary>One attribute.</summary>
    public Attributes(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        _first = (name, value);
        Count = 1;
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The differences in spelling that do not matter to the patterns of rules; none, unless <see cref="Ignoring"/> was called.</summary>
    public IgnoredSpelling Ignores { get; private init; }

    /// <summary>Whether long values are shortened in the keys of buckets; see <see cref="BoundInKeys"/>.</summary>
    internal bool AreBoundInKeys { get; private init; }

    /// <summary>The attribute at a place, from 0.</summary>
    public (string Name, string Value) this[int index] =>
        (uint)index < (uint)Count
            ? _all is null ? _first : _all[index]
            : throw new ArgumentOutOfRangeException(nameof(index), index, $"index is {index}; use 0 to {Count - 1}.");

    /// <summary><c>user '42', path '/api/x'</c>.</summary>
    public override string ToString()
    {
        var texts = new List<string>();
        for (var i = 0; i < Count; i++)
        {
            texts.Add($"{ShownText.Of(this[i].Name)} '{ShownText.Of(this[i].Value)}'");
        }

        return texts.Count == 0 ? "no attributes" : string.Join(", ", texts);
    }

    /// <summary>The value of the first attribute of this name, or null.</summary>
    public string? Find(string name)
    {
        if (Count > 0 && string.Equals(_first.Name, name, StringComparison.Ordinal))
        {
            return _first.Value;
        }

        foreach (var item in _all.AsSpan())
        {
            if (string.Equals(item.Name, name, StringComparison.Ordinal))
            {
                return item.Value;
            }
        }

        return null;
    }

    /// <summary>
    /// These attributes for rules that ignore some differences in spelling: the values of <c>host</c>, <c>method</c>, <c>proto</c> and
    /// <c>path</c> are put into the form that the flags say, so that other spellings share a bucket too.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="ignored"/> is no combination of the flags.</exception>
    public Attributes Ignoring(IgnoredSpelling ignored)
    {
        if (ignored is < IgnoredSpelling.None or > (IgnoredSpelling.Names | IgnoredSpelling.PathCase | IgnoredSpelling.LastSlash))
        {
            throw new ArgumentOutOfRangeException(nameof(ignored), ignored, $"ignored is {(int)ignored}; use a combination of the flags of IgnoredSpelling.");
        }

        var items = new (string Name, string Value)[Count];
        for (var i = 0; i < items.Length; i++)
        {
            var (name, value) = this[i];
            items[i] = (name, Spelling.OfValue(name, value, ignored));
        }

        return new Attributes(items) { Ignores = ignored, AreBoundInKeys = AreBoundInKeys };
    }

    /// <summary>
    /// These attributes for fronts whose clients choose the values: rules match them whole, and a value of more than 1,000 characters is in
    /// a bucket's key as its first 900 characters and 32 digits of its hash (SHA-256). So a key does not grow with a request, and different values have different keys.
    /// </summary>
    public Attributes BoundInKeys() => this with { AreBoundInKeys = true };

    /// <inheritdoc/>
    public IEnumerator<(string Name, string Value)> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
