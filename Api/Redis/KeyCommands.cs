using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Api.Redis;

/// <summary>Answers Redis' key commands for the buckets of limits that come with the command. A key exists while its bucket owes something.</summary>
internal static class KeyCommands
{
    private const long NoKey = -2;

    /// <summary><c>DEL key …</c>, <c>UNLINK</c>: makes the buckets new; the answer is how many owed something.</summary>
    public static async ValueTask DeleteAsync(RedisSession session)
    {
        // A key that is named twice owes nothing the second time.
        var calls = Array.ConvertAll(ReadKeys(session), key => InlineCall.Forget(RateCommands.Space, key));
        session.Writer.Integer((await AskEachAsync(session.Front.Limits, calls).ConfigureAwait(false)).Count(IsThere));
    }

    /// <summary><c>EXISTS key …</c>: how many owe something; a key that is named twice counts twice.</summary>
    public static async ValueTask ExistsAsync(RedisSession session)
    {
        var calls = Array.ConvertAll(ReadKeys(session), key => InlineCall.Look(RateCommands.Space, key));
        session.Writer.Integer((await AskEachAsync(session.Front.Limits, calls).ConfigureAwait(false)).Count(IsThere));
    }

    /// <summary><c>TTL key</c>: seconds until the bucket is full, rounded up; -2 where it is.</summary>
    public static ValueTask TtlAsync(RedisSession session) => WriteTimeAsync(session, Ticks.PerSecond);

    /// <summary><c>PTTL key</c>: milliseconds until the bucket is full, rounded up; -2 where it is.</summary>
    public static ValueTask PttlAsync(RedisSession session) => WriteTimeAsync(session, TimeSpan.TicksPerMillisecond);

    /// <summary><c>TYPE key</c>: <c>string</c>, as redis-cell keeps them, or <c>none</c>.</summary>
    public static async ValueTask TypeAsync(RedisSession session) =>
        session.Writer.Simple(IsThere(await LookAsync(session).ConfigureAwait(false)) ? "string" : "none");

    /// <summary>The keys after a command's name.</summary>
    /// <exception cref="RedisException">One is no key.</exception>
    public static string[] ReadKeys(RedisSession session)
    {
        var keys = new string[session.Arguments.Count - 1];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = RateCommands.ReadKey(session, i + 1, out var fault) ?? throw new RedisException(fault!);
        }

        return keys;
    }

    /// <summary>Asks all of them.</summary>
    /// <exception cref="RedisException">One did not answer. Others may have been carried out.</exception>
    public static async ValueTask<LimiterDecision[]> AskEachAsync(IInlineLimits limits, InlineCall[] calls)
    {
        var answers = await limits.AskEachAsync(calls, CancellationToken.None).ConfigureAwait(false);
        return Array.ConvertAll(
            answers, answer => answer.Error is { } failure ? throw new RedisException("TRYAGAIN " + failure) : answer.Decision);
    }

    private static bool IsThere(LimiterDecision decision) => decision.ResetAfterTicks > 0;

    private static async ValueTask<LimiterDecision> LookAsync(RedisSession session)
    {
        var calls = Array.ConvertAll(ReadKeys(session), key => InlineCall.Look(RateCommands.Space, key));
        return (await AskEachAsync(session.Front.Limits, calls).ConfigureAwait(false))[0];
    }

    private static async ValueTask WriteTimeAsync(RedisSession session, long unit)
    {
        var decision = await LookAsync(session).ConfigureAwait(false);
        session.Writer.Integer(IsThere(decision) ? RateReply.Up(decision.ResetAfterTicks, unit) : NoKey);
    }
}
