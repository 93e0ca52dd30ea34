namespace Throttle.Api.Redis;

/// <summary><c>MULTI</c> and what belongs to it.</summary>
internal static class TransactionCommands
{
    public static ValueTask MultiAsync(RedisSession session)
    {
        session.BeginTransaction();
        session.Writer.Simple("OK");
        return default;
    }

    /// <summary>Does what was queued, in order: an array of the answers, or null where a watched key has changed.</summary>
    public static ValueTask ExecAsync(RedisSession session) => session.ExecuteAsync();

    public static ValueTask DiscardAsync(RedisSession session)
    {
        if (!session.EndTransaction())
        {
            throw new RedisException("ERR DISCARD without MULTI");
        }

        session.Writer.Simple("OK");
        return default;
    }

    public static async ValueTask WatchAsync(RedisSession session)
    {
        if (session.HasTransaction)
        {
            throw new RedisException("ERR WATCH inside MULTI is not allowed");
        }

        await session.WatchAsync(KeyCommands.ReadKeys(session)).ConfigureAwait(false);
        session.Writer.Simple("OK");
    }

    /// <remarks>Inside a transaction it is too late: what was watched was looked at before the first command.</remarks>
    public static ValueTask UnwatchAsync(RedisSession session)
    {
        session.Unwatch();
        session.Writer.Simple("OK");
        return default;
    }
}
