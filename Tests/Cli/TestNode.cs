using Throttle.Api.Hosting;

namespace Throttle.Tests.Cli;

/// <summary>A node in this process, on a free port and a clock that stands still.</summary>
internal static class TestNode
{
    /// <summary>The token that its edits want.</summary>
    public const string Token = "a-token-for-tests";

    /// <summary>Starts it.</summary>
    /// <param name="rulesPath">Its rules.</param>
    /// <param name="adminToken">The token it wants for edits, or null for none.</param>
    public static Task<ThrottleNode> StartAsync(string rulesPath, string? adminToken = null) => ThrottleNode.StartAsync(new NodeOptions
    {
        RulesPath = rulesPath,
        Urls = ["http://127.0.0.1:0"],
        AdminToken = adminToken,
        VirtualClockStart = DateTimeOffset.UnixEpoch,
    });
}
