using System.Threading.RateLimiting;
using Throttle.Core.Rules;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <summary>So many at once, elsewhere.</summary>
public sealed class ConcurrencyElsewhereTests : ElsewhereContract
{
    /// <inheritdoc/>
    protected override Rule Rule(long limit) => LimitBy.Concurrency("rule", limit, "1m");

    /// <inheritdoc/>
    protected override void Free(RateLimitLease lease) => lease.Dispose();

    /// <inheritdoc/>
    protected override int AvailableWhileOneWaits(int otherwise) => otherwise;
}
