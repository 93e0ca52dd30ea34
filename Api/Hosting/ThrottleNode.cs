using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Api.Hosting;

/// <summary>One node: rules, engine and fronts in this process. It stops on SIGTERM and SIGINT, after requests in flight.</summary>
public sealed class ThrottleNode : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ThrottleNode(WebApplication app, IRules rules, IThrottle throttle)
    {
        _app = app;
        Rules = rules;
        Throttle = throttle;
    }

    /// <summary>The addresses listened on, with the ports that were taken.</summary>
    public IReadOnlyList<string> Addresses => [.. _app.Urls];

    /// <summary>The rules in force.</summary>
    public IRules Rules { get; }

    /// <summary>The engine.</summary>
    public IThrottle Throttle { get; }

    /// <summary>The token that edits and resets need, given or generated; null when they need none.</summary>
    public string? AdminToken { get; private init; }

    /// <summary>Whether the token was generated, and must be shown to somebody.</summary>
    public bool IsAdminTokenGenerated { get; private init; }

    /// <summary>Whether time stands still until it is moved.</summary>
    public bool IsVirtualClock => VirtualClock is not null;

    /// <summary>The clock that stands still until it is moved, or null when the node runs on the machine's.</summary>
    public VirtualTimeProvider? VirtualClock { get; private init; }

    /// <summary>Starts a node; it answers when this completes.</summary>
    /// <param name="options">What to start.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="InvalidRulesException">The rule file is faulty.</exception>
    /// <exception cref="IOException">The rule file cannot be read, or an address is taken.</exception>
    public static Task<ThrottleNode> StartAsync(NodeOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Task.FromException<ThrottleNode>(new NotSupportedException("The engine has not landed yet."));
    }

    /// <summary>Completes when the node is asked to stop, by a signal or by <see cref="StopAsync"/>, and has stopped.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken = default) => _app.WaitForShutdownAsync(cancellationToken);

    /// <summary>Is no longer ready, finishes requests in flight, at most <see cref="NodeOptions.DrainTimeout"/>, and stops.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => _app.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
