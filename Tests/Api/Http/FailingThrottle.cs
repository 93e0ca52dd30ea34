using Throttle.Core;

namespace Throttle.Tests.Api.Http;

/// <summary>A throttle that throws, for what the front makes of it.</summary>
internal sealed class FailingThrottle(Func<Exception> fail) : DelegatingThrottle
{
    protected override IThrottle Inner => throw fail();
}
