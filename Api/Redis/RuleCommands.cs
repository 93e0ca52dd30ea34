using System.Text;
using Throttle.Api.Http;
using Throttle.Core;
using Throttle.Core.Limiters;

namespace Throttle.Api.Redis;

/// <summary><c>THROTTLE.…</c>: the node's own rules, by a rule and a key or by attributes.</summary>
internal static class RuleCommands
{
    private const int MaxByKey = 4;

    /// <summary><c>THROTTLE.ACQUIRE rule key [cost]</c>, or <c>ATTR … [COST n] [WAIT ms]</c>, which answers when the permits may be used.</summary>
    public static async ValueTask AcquireAsync(RedisSession session)
    {
        if (AttributeArguments.AreNamed(session.Arguments))
        {
            var (request, _) = AttributeArguments.Read(session.Arguments, mayWait: true, mayBePast: false);
            KeyLength.Check(session.Front.Rules.Current, request.Attributes, "");
            if (session.IsExecuting)
            {
                // As what blocks in Redis: a transaction waits for nothing.
                request = request with { MaxWait = TimeSpan.Zero };
            }

            if (request.MaxWait > TimeSpan.Zero)
            {
                // Answers to earlier commands do not wait for this one.
                await session.FlushAsync().ConfigureAwait(false);
            }

            DecisionReply.Write(session.Writer, await session.Front.Throttle.AcquireAsync(request, Until(session, request)).ConfigureAwait(false));
            return;
        }

        var byKey = ReadByKey(session);
        WriteByKey(session, await session.Front.Throttle.AcquireAsync(byKey, CancellationToken.None).ConfigureAwait(false));
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

    /// <summary><c>THROTTLE.RETURN rule key [cost]</c>, <c>ATTR … [COST n] [AT seconds]</c>, or <c>LEASE lease</c>.</summary>
    public static async ValueTask ReturnAsync(RedisSession session)
    {
        var (arguments, throttle) = (session.Arguments, session.Front.Throttle);
        if (AttributeArguments.AreNamed(arguments))
        {
            var (request, at) = AttributeArguments.Read(arguments, mayWait: false, mayBePast: true);
            KeyLength.Check(session.Front.Rules.Current, request.Attributes, "");
            DecisionReply.Write(session.Writer, await throttle.ReturnAsync(request, at, CancellationToken.None).ConfigureAwait(false));
        }
        else if (NamesLease(arguments))
        {
            var lease = RedisText.Of(arguments[2], "lease");
            session.Writer.Integer(await OfLeaseAsync(throttle.EndLeaseAsync, lease, CancellationToken.None).ConfigureAwait(false) ? 1 : 0);
        }
        else
        {
            var byKey = ReadByKey(session);
            RefuseLeases(session, byKey.Rule!);
            WriteByKey(session, await throttle.ReturnAsync(byKey, at: null, CancellationToken.None).ConfigureAwait(false));
        }
    }

    /// <summary>Whether <c>THROTTLE.RETURN</c> names a lease, which is the proof that its bearer took the permits.</summary>
    public static bool NamesLease(RespParser arguments) => arguments.Count == 3 && Ascii.EqualsIgnoreCase(arguments[1], "LEASE"u8);

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

    /// <summary><c>rule key [cost]</c>.</summary>
    private static ThrottleRequest ReadByKey(RedisSession session)
    {
        var (rule, key) = ReadBucket(session, MaxByKey);
        if (session.Front.Rules.Current.IndexOf(rule) < 0)
        {
            throw NoSuchRule(session, rule);
        }

        var cost = session.Arguments.Count < MaxByKey ? 1 : RedisNumber.Read(session.Arguments[MaxByKey - 1], "cost", 0, Limits.MaxPermits);
        return new(default, cost) { Rule = rule, Key = key };
    }

    private static void RefuseLeases(RedisSession session, string rule)
    {
        var rules = session.Front.Rules.Current;
        if (rules.IndexOf(rule) is >= 0 and var index && rules.Rules[index].Limit is ConcurrencySpec)
        {
            throw new RedisException($"ERR Rule '{rule}' grants leases; end the lease that the answer carried, by THROTTLE.RETURN LEASE.");
        }
    }

    private static void WriteByKey(RedisSession session, Decision decision)
    {
        // A rule that is off says nothing.
        if (decision.Rules is [var said])
        {
            DecisionReply.Write(session.Writer, said);
        }
        else
        {
            DecisionReply.Write(session.Writer, decision);
        }
    }

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
