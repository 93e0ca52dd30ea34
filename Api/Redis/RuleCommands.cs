using System.Text;
using Throttle.Api.Http;
using Throttle.Core;
using Throttle.Core.Limiters;

namespace Throttle.Api.Redis;

/// <summary><c>THROTTLE.…</c>: the node's own rules, by a rule and a key or by attributes.</summary>
internal static class RuleCommands
{
    private const int MaxByKey = 4;

    /// <summary><c>THROTTLE.ACQUIRE rule key [permits]</c>, or <c>ATTR … [COST n] [WAIT ms]</c>, which answers when the permits may be used.</summary>
    public static async ValueTask AcquireAsync(RedisSession session)
    {
        if (AttributeArguments.AreNamed(session.Arguments))
        {
            var (request, _) = AttributeArguments.Read(session.Arguments, mayWait: true, mayBePast: false);
            KeyLength.Check(session.Front.Rules.Current, request.Attributes, "");
            DecisionReply.Write(session.Writer, await session.Front.Throttle.AcquireAsync(request, Until(session, request)).ConfigureAwait(false));
            return;
        }

        var (rule, key) = ReadBucket(session, MaxByKey);
        var said = await session.Front.Throttle.TakeAsync(rule, key, ReadPermits(session), CancellationToken.None).ConfigureAwait(false);
        DecisionReply.Write(session.Writer, said ?? throw NoSuchRule(session, rule));
    }

    /// <summary><c>THROTTLE.PEEK rule key</c>, or <c>ATTR … [COST n] [WAIT ms]</c>.</summary>
    public static async ValueTask PeekAsync(RedisSession session)
    {
        if (AttributeArguments.AreNamed(session.Arguments))
        {
            var (request, _) = AttributeArguments.Read(session.Arguments, mayWait: true, mayBePast: false);
            KeyLength.Check(session.Front.Rules.Current, request.Attributes, "");
            DecisionReply.Write(session.Writer, await session.Front.Throttle.PeekAsync(request, CancellationToken.None).ConfigureAwait(false));
            return;
        }

        var (rule, key) = ReadBucket(session, MaxByKey - 1);
        var said = await session.Front.Throttle.InspectAsync(rule, key, CancellationToken.None).ConfigureAwait(false);
        DecisionReply.Write(session.Writer, said ?? throw NoSuchRule(session, rule));
    }

    /// <summary><c>THROTTLE.RETURN rule key [permits]</c>, <c>ATTR … [COST n] [AT seconds]</c>, or <c>LEASE lease</c>.</summary>
    public static async ValueTask ReturnAsync(RedisSession session)
    {
        session.RequireAdmin();
        var (arguments, throttle) = (session.Arguments, session.Front.Throttle);
        if (AttributeArguments.AreNamed(arguments))
        {
            var (request, at) = AttributeArguments.Read(arguments, mayWait: false, mayBePast: true);
            KeyLength.Check(session.Front.Rules.Current, request.Attributes, "");
            DecisionReply.Write(session.Writer, await throttle.ReturnAsync(request, at, CancellationToken.None).ConfigureAwait(false));
        }
        else if (arguments.Count == 3 && Ascii.EqualsIgnoreCase(arguments[1], "LEASE"u8))
        {
            var lease = RedisText.Of(arguments[2], "lease");
            session.Writer.Integer(await OfLeaseAsync(throttle.EndLeaseAsync, lease, CancellationToken.None).ConfigureAwait(false) ? 1 : 0);
        }
        else
        {
            var (rule, key) = ReadBucket(session, MaxByKey);
            var said = await throttle.GiveBackAsync(rule, key, ReadPermits(session), CancellationToken.None).ConfigureAwait(false);
            DecisionReply.Write(session.Writer, said ?? throw NoSuchRule(session, rule));
        }
    }

    /// <summary><c>THROTTLE.RENEW lease</c>: seconds since 1970 at which it now ends, or null where it is no longer held.</summary>
    public static async ValueTask RenewAsync(RedisSession session)
    {
        var lease = RedisText.Of(session.Arguments[1], "lease");
        if (await OfLeaseAsync(session.Front.Throttle.RenewLeaseAsync, lease, CancellationToken.None).ConfigureAwait(false) is { } endsAt)
        {
            DecisionReply.WriteInstant(session.Writer, endsAt);
        }
        else
        {
            session.Writer.Null();
        }
    }

    /// <summary><c>THROTTLE.RESET rule key</c>: 1 where the bucket held anything to forget, else 0.</summary>
    public static async ValueTask ResetAsync(RedisSession session)
    {
        session.RequireAdmin();
        var (rule, key) = ReadBucket(session, MaxByKey - 1);
        var wasUsed = await session.Front.Throttle.ResetAsync(rule, key, CancellationToken.None).ConfigureAwait(false);
        session.Writer.Integer(wasUsed is { } used ? used ? 1 : 0 : throw NoSuchRule(session, rule));
    }

    /// <remarks>Only who waits is given up: what came before a client's end is done, and answered to one that has only stopped sending.</remarks>
    private static CancellationToken Until(RedisSession session, in ThrottleRequest request) =>
        request.MaxWait > TimeSpan.Zero ? session.Waiting : CancellationToken.None;

    private static (string Rule, string Key) ReadBucket(RedisSession session, int maxArguments)
    {
        if (session.Arguments.Count > maxArguments)
        {
            throw new RedisException(RedisCommands.Find(session.Arguments[0])!.WrongArity);
        }

        var key = RedisText.Of(session.Arguments[2], "key");
        KeyLength.Check(key, "The key");
        return (RedisText.Of(session.Arguments[1], "rule"), key);
    }

    private static long ReadPermits(RedisSession session) =>
        session.Arguments.Count < MaxByKey ? 1 : RedisNumber.Read(session.Arguments[MaxByKey - 1], "cost", 0, Limits.MaxPermits);

    private static async ValueTask<T> OfLeaseAsync<T>(
        Func<string, CancellationToken, ValueTask<T>> use, string lease, CancellationToken cancellationToken)
    {
        try
        {
            return await use(lease, cancellationToken).ConfigureAwait(false);
        }
        catch (FormatException)
        {
            throw new RedisException($"ERR '{ApiProblem.Shorten(lease)}' is no lease; use the text that an allowed answer carried.");
        }
    }

    private static RedisException NoSuchRule(RedisSession session, string rule)
    {
        const int MostNamed = 10;
        var rules = session.Front.Rules.Current.Rules;
        var named = string.Join(", ", rules.Take(MostNamed).Select(r => r.Id)) + (rules.Length > MostNamed ? ", …" : "");
        return new($"ERR no such rule '{ApiProblem.Shorten(rule)}'; there are: {(named.Length == 0 ? "none" : named)}.");
    }
}
