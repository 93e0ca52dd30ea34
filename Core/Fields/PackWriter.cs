namespace Throttle.Core.Fields;

/// <summary>Collects values as numbers and texts, for wires and storage.</summary>
internal sealed class PackWriter
{
    private readonly List<long> _numbers = [];
    private readonly List<string?> _texts = [];

    public long[] Numbers => [.. _numbers];

    public string?[] Texts => [.. _texts];

    public void Add(long number) => _numbers.Add(number);

    public void Add(string? text) => _texts.Add(text);

    public void Add(ValueList<string> texts)
    {
        Add(texts.Count);
        _texts.AddRange(texts);
    }
}
