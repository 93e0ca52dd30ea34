namespace Throttle.Cli.Usages;

/// <summary>A node's answer to <c>GET /v1/usage</c>, as far as it is shown.</summary>
internal sealed record NodeUsage(decimal Since, IReadOnlyList<NodeUsage.Node> Nodes, IReadOnlyList<NodeUsage.Rule> Rules)
{
    internal sealed record Node(bool Ended);

    internal sealed record Rule(
        [property: System.Text.Json.Serialization.JsonPropertyName("rule")] string Id,
        long Allowed,
        long Refused,
        long ShadowRefused,
        long Errors,
        long Permits,
        IReadOnlyList<Part> Nodes);

    internal sealed record Part(string Node, long Allowed, long Refused, long ShadowRefused, long Errors, long Permits);
}
