using System.Globalization;
using System.Text;

namespace Throttle.Api.Envoy;

/// <summary>A configuration of Envoy's ratelimit service, compiled. Immutable, and safe from any number of threads.</summary>
public sealed class EnvoyConfig
{
    /// <summary>The most entries of a descriptor, in a request as in a file.</summary>
    internal const int MaxEntries = 32;

    private readonly Dictionary<string, EnvoyNodes> _domains;

    internal EnvoyConfig(IEnumerable<KeyValuePair<string, EnvoyNodes>> domains)
    {
        Domains = [.. domains];
        _domains = Domains.ToDictionary(StringComparer.Ordinal);
        LimitCount = Domains.Sum(domain => Count(domain.Value));
    }

    /// <summary>How many domains there are.</summary>
    public int DomainCount => Domains.Count;

    /// <summary>How many limits stand in them, unlimited ones included.</summary>
    public int LimitCount { get; }

    /// <summary>All domains, in the order of the files.</summary>
    internal IReadOnlyList<KeyValuePair<string, EnvoyNodes>> Domains { get; }

    /// <summary>Reads the files of a configuration, which count as one.</summary>
    /// <param name="files">The files, in order.</param>
    /// <param name="mergesDomains">Whether several files may speak of one domain; their descriptors then add up.</param>
    /// <exception cref="EnvoyConfigException">Something is wrong; every fault of every file is listed.</exception>
    public static EnvoyConfig Read(IReadOnlyList<EnvoyFile> files, bool mergesDomains = false)
    {
        ArgumentNullException.ThrowIfNull(files);
        return EnvoyConfigReader.Read(files, mergesDomains);
    }

    /// <summary>Reads a configuration once, without watching it.</summary>
    /// <param name="path">A file, or a folder whose <c>*.yaml</c> and <c>*.yml</c> files are read.</param>
    /// <param name="mergesDomains">Whether several files may speak of one domain.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="EnvoyConfigException">It is faulty; every fault of every file is listed.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<EnvoyConfig> LoadAsync(string path, bool mergesDomains = false, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var content = await EnvoyConfigContent.ReadAsync(Path.GetFullPath(path), cancellationToken, isFirst: true).ConfigureAwait(false);
        return content.Parse(mergesDomains);
    }

    /// <summary>One line for each limit, in the order of the files, in the form of Envoy's <c>/rlconfig</c>.</summary>
    public string Dump()
    {
        var text = new StringBuilder();
        foreach (var (_, nodes) in Domains)
        {
            Dump(text, nodes);
        }

        return text.ToString();
    }

    /// <summary>Whether there are limits for this domain.</summary>
    internal bool HasDomain(string domain) => _domains.ContainsKey(domain);

    /// <summary>The limit that applies to a descriptor, or null for none.</summary>
    internal EnvoyMatch? Match(string domain, EnvoyDescriptor descriptor)
    {
        if (!_domains.TryGetValue(domain, out var nodes))
        {
            return null;
        }

        var path = new EnvoyPath(domain, descriptor.Entries);
        if (descriptor.Limit is { } carried)
        {
            return path.MatchOf(carried);
        }

        EnvoyNode? node = null;
        foreach (var entry in descriptor.Entries)
        {
            // The number of entries is the depth at which a limit stands: what is longer or shorter has none.
            node = nodes.Find(entry, out var isWildcard);
            if (node is null)
            {
                return null;
            }

            path.Add(node, isWildcard);
            nodes = node.Children;
        }

        return node?.Limit is { } limit ? path.MatchOf(limit) : null;
    }

    private static void Dump(StringBuilder text, EnvoyNodes nodes)
    {
        foreach (var node in nodes.All)
        {
            if (node.Limit is { } limit)
            {
                var unit = limit.IsUnlimited ? "UNKNOWN" : EnvoyUnits.NameOf(limit.Unit);
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{node.FullName}: unit={unit} requests_per_unit={limit.RequestsPerUnit}, shadow_mode: {Word(limit.IsShadow)}, quota_mode: {Word(limit.IsQuota)}\n");
            }

            Dump(text, node.Children);
        }
    }

    private static string Word(bool flag) => flag ? "true" : "false";

    private static int Count(EnvoyNodes nodes) => nodes.All.Sum(node => (node.Limit is null ? 0 : 1) + Count(node.Children));
}
