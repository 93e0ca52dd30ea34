using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Tests.Contracts;

/// <summary>A running throttle with a clock that a test moves: what the contract suite needs of an engine.</summary>
public abstract class EngineHarness : IAsyncDisposable
{
    /// <summary>The throttle under test.</summary>
    public abstract IThrottle Throttle { get; }

    /// <summary>Its rules, to edit while it runs.</summary>
    public abstract IRules Rules { get; }

    /// <summary>The present instant of the engine's clock.</summary>
    public abstract DateTimeOffset Now { get; }

    /// <summary>Moves the clock and lets what comes due happen.</summary>
    public abstract Task AdvanceAsync(TimeSpan duration);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
