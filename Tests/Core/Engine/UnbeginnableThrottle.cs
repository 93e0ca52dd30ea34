using System.Reflection;
using Throttle.Core;
using Throttle.Core.Failures;

namespace Throttle.Tests.Core.Engine;

/// <summary>A throttle over another that grants, and then cannot be asked whether the call may begin.</summary>
#pragma warning disable MA0053 // The runtime makes a class that inherits it.
internal class UnbeginnableThrottle : DispatchProxy
#pragma warning restore MA0053
{
    private IThrottle? _inner;

    public static IThrottle Over(IThrottle inner)
    {
        var throttle = Create<IThrottle, UnbeginnableThrottle>();
        ((UnbeginnableThrottle)(object)throttle)._inner = inner;
        return throttle;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name == nameof(IThrottle.BeginAsync)
        ? ValueTask.FromResult(BeginDecision.Failed(Failure.Of(FailureReason.NoAnswer), isAllowed: false))
        : targetMethod.Invoke(_inner, args);
}
