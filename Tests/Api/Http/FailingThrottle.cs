using Throttle.Core;

namespace Throttle.Tests.Api.Http;

/// <summary>A throttle that throws, for what the front makes of it.</summary>
internal sealed class FailingThrottle(Func<Exception> fail) : IThrottle
{
    public ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<IReadOnlyList<Decision>> ReserveEachAsync(
        IReadOnlyList<ThrottleRequest> requests, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<Decision> PeekAsync(ThrottleRequest request, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<bool> ReturnAsync(Decision decision, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<Decision> ReturnAsync(
        ThrottleRequest request, DateTimeOffset? at = null, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<bool> EndLeaseAsync(string lease, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<DateTimeOffset?> RenewLeaseAsync(string lease, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<RuleDecision?> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<bool?> ResetAsync(string ruleId, string key, CancellationToken cancellationToken = default) => throw fail();
}
