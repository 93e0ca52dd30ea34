namespace Throttle.Api.Envoy;

/// <summary>Which limit applies to each descriptor of a request.</summary>
internal sealed class EnvoyPlan
{
    private EnvoyPlan(EnvoyMatch?[] matches, bool[] isUnlimited) => (Matches, IsUnlimited) = (matches, isUnlimited);

    /// <summary>The limit of each descriptor, in order; null where none is applied.</summary>
    public EnvoyMatch?[] Matches { get; }

    /// <summary>Where a limit without a number applies.</summary>
    public bool[] IsUnlimited { get; }

    /// <summary>Matches all descriptors, then leaves out the limits that others of the same request replace.</summary>
    public static EnvoyPlan Of(EnvoyConfig config, EnvoyRequest request)
    {
        var matches = new EnvoyMatch?[request.Descriptors.Length];
        var isUnlimited = new bool[matches.Length];
        HashSet<string>? replaced = null;
        for (var i = 0; i < matches.Length; i++)
        {
            if (config.Match(request.Domain, request.Descriptors[i]) is not { } match)
            {
                continue;
            }

            // An unlimited limit replaces others as well.
            foreach (var name in match.Limit.Replaces)
            {
                (replaced ??= new(StringComparer.Ordinal)).Add(name);
            }

            isUnlimited[i] = match.Limit.IsUnlimited;
            matches[i] = match.Limit.IsUnlimited ? null : match;
        }

        for (var i = 0; replaced is not null && i < matches.Length; i++)
        {
            if (matches[i] is { Limit.Name.Length: > 0 } named && replaced.Contains(named.Limit.Name))
            {
                matches[i] = null;
            }
        }

        return new EnvoyPlan(matches, isUnlimited);
    }
}
