namespace Throttle.Api.Envoy;

/// <summary>The descriptors of one list.</summary>
internal sealed class EnvoyNodes
{
    private readonly Dictionary<(string Key, string Value), EnvoyNode> _byText = [];
    private readonly List<EnvoyNode> _wildcards = [];

    /// <summary>All of them, in the order of the file.</summary>
    public List<EnvoyNode> All { get; } = [];

    /// <summary>Adds one; false where the same key and value are there already.</summary>
    public bool TryAdd(EnvoyNode node)
    {
        if (!_byText.TryAdd((node.Key, node.Value), node))
        {
            return false;
        }

        All.Add(node);
        if (node.IsWildcard)
        {
            _wildcards.Add(node);
        }

        return true;
    }

    /// <summary>The one that an entry picks: of its value, else the first wildcard that matches, else of the key alone.</summary>
    /// <remarks>
    /// Keys are told from values: Envoy compares the two joined by <c>_</c>, by which key <c>a</c>, value <c>b_c</c> and key
    /// <c>a_b</c>, value <c>c</c> are one.
    /// </remarks>
    public EnvoyNode? Find(in EnvoyEntry entry, out bool isWildcard)
    {
        isWildcard = false;
        if (entry.Value.Length > 0 && _byText.TryGetValue((entry.Key, entry.Value), out var exact))
        {
            return exact;
        }

        foreach (var node in _wildcards)
        {
            if (IsMatch(node, entry))
            {
                isWildcard = true;
                return node;
            }
        }

        return _byText.GetValueOrDefault((entry.Key, ""));
    }

    private static bool IsMatch(EnvoyNode node, in EnvoyEntry entry) => node.SpansKey
        ? node.Wildcard!.IsMatch($"{entry.Key}_{entry.Value}")
        : string.Equals(node.Key, entry.Key, StringComparison.Ordinal) && node.Wildcard!.IsMatch(entry.Value);
}
