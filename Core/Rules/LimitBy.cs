using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Rules;

/// <summary>
/// Rules in one line each, for use in a program: an id, the numbers as a rule file writes them, and the attributes that make
/// the key (none: one bucket for all). Refine the result with <c>with</c>.
/// </summary>
/// <remarks>Numbers out of range are found by whoever takes the rules, all together. Texts that cannot be read throw <see cref="FormatException"/>.</remarks>
public static class LimitBy
{
    /// <summary>A token bucket of <paramref name="capacity"/> permits that fills at <paramref name="refill"/>, such as <c>10/s</c>.</summary>
    public static Rule TokenBucket(string id, long capacity, string refill, params string[] key) =>
        Of(id, new TokenBucketSpec(capacity, Limiters.Rate.Parse(refill)), key);

    /// <summary>The generic cell rate algorithm: <paramref name="rate"/>, such as <c>10/s</c>, with up to <paramref name="burst"/> permits at once.</summary>
    public static Rule Gcra(string id, string rate, long burst, params string[] key) =>
        Of(id, new GcraSpec(Limiters.Rate.Parse(rate), burst), key);

    /// <summary>A leaky bucket as a meter that holds <paramref name="capacity"/> and leaks at <paramref name="leak"/>, such as <c>10/s</c>.</summary>
    public static Rule LeakyBucket(string id, long capacity, string leak, params string[] key) =>
        Of(id, new LeakyBucketSpec(capacity, Limiters.Rate.Parse(leak)), key);

    /// <summary><paramref name="limit"/> permits in each aligned <paramref name="window"/>, such as <c>1m</c>.</summary>
    public static Rule FixedWindow(string id, long limit, string window, params string[] key) =>
        Of(id, new FixedWindowSpec(limit, Durations.Parse(window)), key);

    /// <summary><paramref name="limit"/> permits in any <paramref name="window"/>, such as <c>1m</c>, exactly.</summary>
    public static Rule SlidingLog(string id, long limit, string window, params string[] key) =>
        Of(id, new SlidingLogSpec(limit, Durations.Parse(window)), key);

    /// <summary>About <paramref name="limit"/> permits in any <paramref name="window"/>, such as <c>1m</c>, in little memory.</summary>
    public static Rule SlidingWindow(string id, long limit, string window, params string[] key) =>
        Of(id, new SlidingWindowSpec(limit, Durations.Parse(window)), key);

    /// <summary>One call an <paramref name="interval"/>, such as <c>3s</c>, with up to <paramref name="reservations"/> ahead.</summary>
    public static Rule Spacing(string id, string interval, int reservations, params string[] key) =>
        Of(id, new SpacingSpec(Durations.Parse(interval), reservations), key);

    /// <summary>A queue of <paramref name="capacity"/> that drains at <paramref name="drain"/>, such as <c>10/s</c>, one at a time.</summary>
    public static Rule Queue(string id, long capacity, string drain, params string[] key) =>
        Of(id, new QueueSpec(capacity, Limiters.Rate.Parse(drain)), key);

    /// <summary><paramref name="limit"/> permits held at once, each under a lease of <paramref name="lease"/>, such as <c>30s</c>.</summary>
    public static Rule Concurrency(string id, long limit, string lease, params string[] key) =>
        Of(id, new ConcurrencySpec(limit, Durations.Parse(lease)), key);

    private static Rule Of(string id, LimiterSpec limit, string[] key) =>
        new() { Id = id, Limit = limit, Key = [.. key] };
}
