using Throttle.Core.Inline;

namespace Throttle.Tests.Contracts;

/// <summary>Running inline limits with a clock that a test moves.</summary>
public sealed class InlineHarness(IInlineLimits limits, Func<TimeSpan, Task> advance, Func<ValueTask> dispose) : IAsyncDisposable
{
    /// <summary>The limits under test.</summary>
    public IInlineLimits Limits { get; } = limits;

    /// <summary>Moves the clock and lets what comes due happen.</summary>
    public Task AdvanceAsync(TimeSpan duration) => advance(duration);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => dispose();
}
