using Throttle.Core;

namespace Throttle.AspNetCore.Outgoing;

/// <summary>What a handler asks before it calls, and what it makes of an API's refusal.</summary>
public sealed class ThrottleHandlerOptions
{
    /// <summary>The longest that a call may be held back.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>
    /// What a call asks; its wait is <see cref="MaxWait"/>. By default all rules that match the attributes <c>host</c>, <c>method</c> and
    /// <c>path</c>; <c>call => new([]) { Rule = "github" }</c> asks one rule.
    /// </summary>
    public Func<HttpRequestMessage, ThrottleRequest> Ask { get; set; } = AttributesOf;

    /// <summary>
    /// Which API a call goes to: a refusal holds back all calls to the same one. By default its host and port.
    /// </summary>
    public Func<HttpRequestMessage, string> Api { get; set; } = call => call.RequestUri?.Authority ?? "";

    /// <summary>The longest that a call waits for its turn and for the end of a hold, together; zero to <see cref="LongestWait"/>, 30 s by default. One that would wait longer is refused at once.</summary>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest hold that an API is believed, zero to <see cref="LongestWait"/>; 1 h by default. Zero: nothing is held back.</summary>
    public TimeSpan MaxHold { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The hold after a 429 that does not say how long to wait, zero to <see cref="LongestWait"/>, and never longer than <see cref="MaxHold"/>;
    /// 1 s by default. The buckets are not emptied then.
    /// </summary>
    public TimeSpan DefaultHold { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Reads how long to wait from an answer of any status, for APIs that say so in a way of their own. Null, as by default, leaves it to
    /// the usual fields; zero means no hold.
    /// </summary>
    public Func<HttpResponseMessage, TimeSpan?> RetryAfter { get; set; } = _ => null;

    /// <summary>Times waits and holds; the system's by default. A throttle on another clock wants its clock here.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>A copy that nobody changes any more.</summary>
    /// <exception cref="ArgumentException">Something is out of range.</exception>
    internal ThrottleHandlerOptions Checked()
    {
        CheckWait(MaxWait, nameof(MaxWait));
        CheckWait(MaxHold, nameof(MaxHold));
        CheckWait(DefaultHold, nameof(DefaultHold));
        ArgumentNullException.ThrowIfNull(RetryAfter);
        ArgumentNullException.ThrowIfNull(Ask);
        ArgumentNullException.ThrowIfNull(Api);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        return (ThrottleHandlerOptions)MemberwiseClone();
    }

    private static void CheckWait(TimeSpan wait, string name)
    {
        if (wait < TimeSpan.Zero || wait > LongestWait)
        {
            throw new ArgumentException($"{name} is {wait}; use zero to {LongestWait}.");
        }
    }

    private static ThrottleRequest AttributesOf(HttpRequestMessage call) => new(
    [
        ("host", call.RequestUri?.Host ?? ""),
        ("method", call.Method.Method),
        ("path", call.RequestUri?.AbsolutePath ?? "/"),
    ]);
}
