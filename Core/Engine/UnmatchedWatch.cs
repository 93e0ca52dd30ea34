using System.Globalization;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Core.Engine;

/// <summary>Counts requests that match no rule, and tells of them once a minute.</summary>
/// <param name="then">What becomes of them.</param>
/// <param name="tell">Receives a sentence, once a minute at most; null for nobody.</param>
/// <param name="clock">The clock that a minute goes by.</param>
internal sealed class UnmatchedWatch(UnmatchedRequests then, Action<string>? tell, MonotonicClock clock)
{
    private const int MostNamed = 10;
    private readonly Lock _gate = new();
    private long _count;
    private long _told;
    private long? _toldAt;

    /// <summary>Requests so far that matched no rule.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Whether such a request is refused.</summary>
    public bool Refuses => then == UnmatchedRequests.Refuse;

    /// <summary>Notes one request.</summary>
    public void Note(RuleSet set, in Attributes attributes)
    {
        var count = Interlocked.Increment(ref _count);
        if (then != UnmatchedRequests.Allow && tell is not null && IsTime(count, out var since))
        {
            tell(Describe(set, attributes, since));
        }
    }

    private bool IsTime(long count, out long since)
    {
        lock (_gate)
        {
            var now = clock.Now;
            var isTime = _toldAt is not { } at || now - at >= TimeSpan.TicksPerMinute;
            since = count - _told;
            (_toldAt, _told) = isTime ? (now, count) : (_toldAt, _told);
            return isTime;
        }
    }

    private string Describe(RuleSet set, in Attributes attributes, long since)
    {
        var names = new List<string>();
        for (var i = 0; i < Math.Min(attributes.Count, MostNamed); i++)
        {
            names.Add($"{ShownText.Of(attributes[i].Name)} '{ShownText.Of(attributes[i].Value)}'");
        }

        var last = names.Count == 0 ? "has no attributes" : $"has {string.Join(", ", names)}{(attributes.Count > MostNamed ? ", …" : "")}";
        var nearest = set.FindNearest(attributes) is var (rule, reason) ? $"Rule '{rule.Id}' came nearest: {reason}." : "There are no rules.";
        return string.Create(CultureInfo.InvariantCulture, $"Requests that matched no rule since this was last said: {since}, {(Refuses ? "refused" : "allowed")}. The last one {last}. {nearest}");
    }
}
