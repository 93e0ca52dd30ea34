namespace Throttle.Core.Fields;

/// <summary>Reads what a <see cref="PackWriter"/> collected, in the same order.</summary>
internal sealed class PackReader(long[] numbers, string?[] texts)
{
    private int _number;
    private int _text;

    /// <summary>Whether the field that is read must be there; only later versions' fields may be missing at the end.</summary>
    public bool IsRequired { get; set; }

    /// <summary>The next number; false when there is none.</summary>
    /// <exception cref="FormatException">There is none, and it is required.</exception>
    public bool TryNumber(out long number)
    {
        var has = _number < numbers.Length;
        if (!has && IsRequired)
        {
            throw new FormatException($"The pack ends after {numbers.Length} numbers.");
        }

        number = has ? numbers[_number++] : 0;
        return has;
    }

    /// <summary>The next number.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public long Number() => TryNumber(out var number) ? number : throw new FormatException($"The pack ends after {numbers.Length} numbers.");

    /// <summary>The next text; false when there is none.</summary>
    public bool TryText(out string? text)
    {
        var has = _text < texts.Length;
        text = has ? texts[_text++] : null;
        return has;
    }

    /// <summary>The next text, which is not null.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public string Text() => TryText(out var text) && text is not null ? text : throw new FormatException($"The pack lacks a text after {texts.Length}.");

    /// <summary>A count of items to follow.</summary>
    /// <exception cref="FormatException">It is negative, or more than the pack can hold.</exception>
    public int Count() => Number() is >= 0 and var count && count <= numbers.Length + texts.Length
        ? (int)count
        : throw new FormatException("The pack holds a count that cannot be.");

    /// <summary>Texts that were added as a list.</summary>
    public ValueList<string> TextList() => [.. Enumerable.Range(0, Count()).Select(_ => Text())];

    /// <summary>Throws when something was not read.</summary>
    /// <exception cref="FormatException">A newer version has more fields.</exception>
    public void End()
    {
        if (_number != numbers.Length || _text != texts.Length)
        {
            throw new FormatException(
                $"The pack has {numbers.Length - _number} numbers and {texts.Length - _text} texts that this version of Throttle does not know.");
        }
    }
}
