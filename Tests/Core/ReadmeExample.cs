using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core;

/// <summary>The example of the README, compiled and run; <see cref="ReadmeTests"/> holds the two together.</summary>
internal static class ReadmeExample
{
    public static async Task RunAsync()
    {
        await using var throttle = new LocalThrottle(LimitBy.TokenBucket("per-client", capacity: 20, refill: "10/s", key: "user"));
        var decision = await throttle.AcquireAsync([("user", "42")]);
        Console.WriteLine(decision.IsAllowed ? $"go, {decision.Remaining} left" : $"wait {decision.RetryAfter}");
    }
}
