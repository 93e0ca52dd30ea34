using Throttle.Core.Rules;

namespace Throttle.Tests.Api.Http;

/// <summary>A cluster whose nodes have these versions; a negative one never answers.</summary>
internal sealed class FixedVersions(params (string Node, long Version)[] nodes) : IRuleVersions
{
    public async ValueTask<IReadOnlyList<NodeRules>> GetAsync(CancellationToken cancellationToken = default)
    {
        if (nodes.Any(n => n.Version < 0))
        {
            var given = new TaskCompletionSource();
            await using var registration = cancellationToken.Register(given.SetResult);
            await given.Task;
        }

        return [.. nodes.Select(n => new NodeRules(n.Node, n.Version < 0 ? null : n.Version))];
    }
}
