using System.Globalization;
using Throttle.Api.Http;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;

namespace Throttle.Api.Redis;

/// <summary><c>CL.THROTTLE</c> and <c>THROTTLE</c>: limits that come with the command.</summary>
internal static class RateCommands
{
    /// <summary>Whose keys these are, of both commands.</summary>
    public const string Space = "redis";

    private const int Key = 1;
    private const int Burst = 2;
    private const int CountPerPeriod = 3;
    private const int PeriodSeconds = 4;
    private const int Quantity = 5;

    private static readonly string[] Names = ["", "key", "max_burst", "count_per_period", "period", "quantity"];

    public static ValueTask CellAsync(RedisSession session) => AskAsync(session, RateDialect.Cell);

    public static ValueTask CrabAsync(RedisSession session) => AskAsync(session, RateDialect.Crab);

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

        var numbers = session.Front.Rates.Get(burst + first, count, period);
        if (!numbers.IsExact)
        {
            return session.Refuse(TooSlow(arguments));
        }

        return session.Front.Keys.Get(arguments[Key]) is not { } key ? session.Refuse("ERR invalid key: it is not UTF-8.")
            : arguments[Key].Length > ApiLimits.MaxKeyBytes ? session.Refuse(TooLong(arguments[Key].Length))
            : session.AskAsync(dialect, numbers, new InlineCall(Space, key, numbers.Limit, quantity));
    }

    private static bool TryNumber(RespParser arguments, int index, long min, long max, out long value) =>
        RedisNumber.TryRead(arguments[index], min, max, out value);

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
