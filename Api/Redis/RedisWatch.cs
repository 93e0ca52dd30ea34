using System.Globalization;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Api.Redis;

/// <summary>The keys that a connection watches, and what their buckets were when it began to.</summary>
internal sealed class RedisWatch
{
    /// <summary>The most keys that one connection watches.</summary>
    public const int MaxKeys = RespLimits.MaxArguments;

    private readonly Dictionary<string, State> _keys = new(StringComparer.Ordinal);

    /// <summary>How many keys there are.</summary>
    public int Count => _keys.Count;

    /// <summary>Watches these keys as well; one that is watched already stays as it was then.</summary>
    /// <exception cref="RedisException">There would be too many, or a bucket does not answer.</exception>
    public async ValueTask AddAsync(IInlineLimits limits, string[] keys)
    {
        string[] added = [.. keys.Distinct(StringComparer.Ordinal).Where(key => !_keys.ContainsKey(key))];
        if (_keys.Count + added.Length > MaxKeys)
        {
            throw new RedisException(string.Create(
                CultureInfo.InvariantCulture, $"ERR {_keys.Count + added.Length} keys would be watched; a connection may watch {MaxKeys}."));
        }

        var states = await LookAsync(limits, added).ConfigureAwait(false);
        for (var i = 0; i < added.Length; i++)
        {
            _keys.Add(added[i], states[i]);
        }
    }

    /// <summary>Whether any of the buckets is not what it was: somebody took of it or gave back, or it has become full.</summary>
    /// <exception cref="RedisException">A bucket does not answer.</exception>
    public async ValueTask<bool> IsChangedAsync(IInlineLimits limits)
    {
        string[] keys = [.. _keys.Keys];
        var states = await LookAsync(limits, keys).ConfigureAwait(false);
        return keys.Where((key, i) => _keys[key].IsChangedTo(states[i])).Any();
    }

    private static async ValueTask<State[]> LookAsync(IInlineLimits limits, string[] keys)
    {
        var calls = Array.ConvertAll(keys, key => InlineCall.Look(RateCommands.Space, key));
        var decisions = await KeyCommands.AskEachAsync(limits, calls).ConfigureAwait(false);
        return Array.ConvertAll(decisions, State.Of);
    }

    /// <summary>The part of a bucket's state that time alone does not change.</summary>
    /// <param name="Limit">Its limit; 0 where nothing is owed.</param>
    /// <param name="FullAt">The instant of its owner's clock at which it is full: time alone does not move that.</param>
    /// <param name="Remaining">What it had: time alone only adds to that.</param>
    private readonly record struct State(long Limit, long FullAt, long Remaining)
    {
        public bool IsChangedTo(State later) => Limit != later.Limit || FullAt != later.FullAt || later.Remaining < Remaining;

        public static State Of(LimiterDecision decision) => decision.ResetAfterTicks == 0
            ? default
            : new(decision.Limit, Ticks.Add(decision.Grant.ValidAt, decision.ResetAfterTicks), decision.Remaining);
    }
}
