using Throttle.Core;
using Throttle.Core.Limiters;

namespace Throttle.Tests.Api.Http;

/// <summary>A throttle that throws, for what the front makes of it.</summary>
internal sealed class FailingThrottle(Func<Exception> fail) : IThrottle
{
    public ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<IReadOnlyList<Decision>> ReserveEachAsync(
        IReadOnlyList<ThrottleRequest> requests, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<Decision> PeekAsync(ThrottleRequest request, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<BeginDecision> BeginAsync(Decision decision, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<BeginDecision> BeginAsync(
        ThrottleRequest request, DateTimeOffset at, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<bool> RanAsync(Decision decision, TimeSpan ago, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<bool> RanAsync(
        ThrottleRequest request, DateTimeOffset at, TimeSpan ago, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<Factor?> SetFactorAsync(
        string ruleId, string key, Factor factor, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<bool> ReturnAsync(Decision decision, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<Decision> ReturnAsync(
        ThrottleRequest request, DateTimeOffset? at = null, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<bool> EndLeaseAsync(string lease, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<DateTimeOffset?> RenewLeaseAsync(string lease, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<RuleDecision?> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default) => throw fail();

    public ValueTask<bool?> ResetAsync(string ruleId, string key, CancellationToken cancellationToken = default) => throw fail();
}
