using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Throttle.Api.Http;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Api.Redis;

/// <summary><c>CL.THROTTLE</c>, <c>RL.THROTTLE</c>, <c>GCRA</c> and <c>THROTTLE</c>: limits that come with the command.</summary>
internal static class RateCommands
{
    /// <summary>The space of the keys of all these commands.</summary>
    public const string Space = "redis";

    private const int Key = 1;
    private const int Burst = 2;
    private const int CountPerPeriod = 3;
    private const int PeriodSeconds = 4;
    private const int Quantity = 5;
    private const int Tokens = 6;

    private static readonly string[] Names = ["", "key", "max_burst", "count_per_period", "period", "quantity"];

    public static ValueTask CellAsync(RedisSession session) => AskAsync(session, RateDialect.Cell);

    public static ValueTask CrabAsync(RedisSession session) => AskAsync(session, RateDialect.Crab);

    /// <summary><c>GCRA key max_burst tokens_per_period period [TOKENS n]</c>; the period may have a part of a second.</summary>
    public static ValueTask GcraAsync(RedisSession session)
    {
        var arguments = session.Arguments;
        var quantity = 1L;
        if (!TryNumber(arguments, Burst, 0, Limits.MaxPermits - 1, out var burst))
        {
            return session.Refuse(NumberFault(arguments, Burst, "max_burst", 0, Limits.MaxPermits - 1));
        }

        if (!TryNumber(arguments, CountPerPeriod, 1, Limits.MaxPermits, out var count))
        {
            return session.Refuse(NumberFault(arguments, CountPerPeriod, "tokens_per_period", 1, Limits.MaxPermits));
        }

        if (!TryPeriod(arguments[PeriodSeconds], out var periodTicks))
        {
            return session.Refuse(RedisNumber.Fault(
                "ERR value is not a valid float or out of range", arguments[PeriodSeconds], "period", 1, RateNumbers.MaxPeriod));
        }

        if (arguments.Count > Quantity && (arguments.Count == Tokens || !Ascii.EqualsIgnoreCase(arguments[Quantity], "TOKENS"u8)))
        {
            return session.Refuse(
                $"ERR syntax error: '{RedisText.Shown(arguments[Quantity])}' where TOKENS and a number of 0 to {Limits.MaxPermits} may come.");
        }

        return arguments.Count > Tokens && !TryNumber(arguments, Tokens, 0, Limits.MaxPermits, out quantity)
            ? session.Refuse(NumberFault(arguments, Tokens, "TOKENS", 0, Limits.MaxPermits))
            : AskAsync(session, RateDialect.Cell, burst + 1, count, periodTicks, quantity);
    }

    /// <summary>Reads a key of these commands.</summary>
    /// <returns>The key; null with what is wrong where it is none.</returns>
    public static string? ReadKey(RedisSession session, int index, out string? fault)
    {
        var argument = session.Arguments[index];
        var key = session.Front.Keys.Get(argument);
        fault = key is null ? "ERR invalid key: it is not UTF-8." : argument.Length > ApiLimits.MaxKeyBytes ? TooLong(argument.Length) : null;
        return fault is null ? key : null;
    }

    private static ValueTask AskAsync(RedisSession session, RateDialect dialect)
    {
        var arguments = session.Arguments;
        var quantity = 1L;

        // redis-cell's burst is what may come on top of the first.
        var first = dialect == RateDialect.Cell ? 1 : 0;
        if (!TryNumber(arguments, Burst, 1 - first, Limits.MaxPermits - first, out var burst))
        {
            return session.Refuse(NumberFault(arguments, dialect, Burst, 1 - first, Limits.MaxPermits - first));
        }

        if (!TryNumber(arguments, CountPerPeriod, 1, Limits.MaxPermits, out var count))
        {
            return session.Refuse(NumberFault(arguments, dialect, CountPerPeriod, 1, Limits.MaxPermits));
        }

        if (!TryNumber(arguments, PeriodSeconds, 1, RateNumbers.MaxPeriod, out var period))
        {
            return session.Refuse(NumberFault(arguments, dialect, PeriodSeconds, 1, RateNumbers.MaxPeriod));
        }

        if (arguments.Count > Quantity && !TryNumber(arguments, Quantity, 0, Limits.MaxPermits, out quantity))
        {
            return session.Refuse(NumberFault(arguments, dialect, Quantity, 0, Limits.MaxPermits));
        }

        return AskAsync(session, dialect, burst + first, count, period * Ticks.PerSecond, quantity);
    }

    /// <summary>Asks a bucket by numbers within their ranges.</summary>
    private static ValueTask AskAsync(RedisSession session, RateDialect dialect, long burst, long count, long periodTicks, long quantity)
    {
        var numbers = session.Front.Rates.Get(burst, count, periodTicks);
        if (!numbers.IsExact)
        {
            return session.Refuse(TooSlow(session.Arguments));
        }

        return ReadKey(session, Key, out var fault) is not { } key
            ? session.Refuse(fault!)
            : session.AskAsync(dialect, numbers, new InlineCall(Space, key, numbers.Limit, quantity));
    }

    private static bool TryNumber(RespParser arguments, int index, long min, long max, out long value) =>
        RedisNumber.TryRead(arguments[index], min, max, out value);

    /// <summary>Seconds, with up to seven digits after the point; more are rounded up.</summary>
    private static bool TryPeriod(ReadOnlySpan<byte> argument, out long periodTicks)
    {
        var isNumber = Utf8Parser.TryParse(argument, out decimal seconds, out var length)
            && length == argument.Length && seconds is >= 1 and <= RateNumbers.MaxPeriod;
        periodTicks = isNumber ? (long)decimal.Ceiling(seconds * Ticks.PerSecond) : 0;
        return isNumber;
    }

    private static string NumberFault(RespParser arguments, int index, string name, long min, long max) =>
        RedisNumber.Fault("ERR value is not an integer or out of range", arguments[index], name, min, max);

    private static string NumberFault(RespParser arguments, RateDialect dialect, int index, long min, long max) => RedisNumber.Fault(
        dialect == RateDialect.Crab ? $"ERR invalid {Names[index]}" : "ERR value is not an integer or out of range",
        arguments[index],
        Names[index],
        min,
        max);

    private static string TooSlow(RespParser arguments) => string.Create(
        CultureInfo.InvariantCulture,
        $"ERR invalid max_burst: '{RedisText.Shown(arguments[Burst])}' at {RedisText.Shown(arguments[CountPerPeriod])} in {RedisText.Shown(arguments[PeriodSeconds])} s take over 14,000 years to come; use a smaller burst or a higher rate.");

    private static string TooLong(int bytes) => string.Create(
        CultureInfo.InvariantCulture, $"ERR invalid key: it is {bytes} bytes long; use 0 to {ApiLimits.MaxKeyBytes}.");
}
