using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Cli.Replay;

/// <summary>What a replay came to.</summary>
internal sealed class ReplayTotals
{
    private readonly Dictionary<string, RuleTotals> _byId;

    /// <summary>Nothing yet, for these rules and this span of time.</summary>
    public ReplayTotals(RuleSet rules, long first, long last)
    {
        Rules = [.. rules.Rules.Select(rule => new RuleTotals(rule))];
        _byId = Rules.ToDictionary(totals => totals.Rule.Id, StringComparer.Ordinal);
        Slices = new TimeSlices(first, last);
    }

    /// <summary>Each rule's part, in the rules' order.</summary>
    public IReadOnlyList<RuleTotals> Rules { get; }

    /// <summary>Requests over time.</summary>
    public TimeSlices Slices { get; }

    /// <summary>Lines of any kind that were replayed.</summary>
    public long Replayed => Allowed + Refused + Peeks + Returns;

    /// <summary>Requests that were allowed.</summary>
    public long Allowed { get; private set; }

    /// <summary>Requests that were refused.</summary>
    public long Refused { get; private set; }

    /// <summary>Requests allowed later than at once.</summary>
    public long Delayed { get; private set; }

    /// <summary>Requests that no rule matched; they are allowed.</summary>
    public long Unmatched { get; private set; }

    /// <summary>Requests that only asked.</summary>
    public long Peeks { get; private set; }

    /// <summary>Lines that gave permits back.</summary>
    public long Returns { get; private set; }

    /// <summary>Requests that could wait, but met a rule of the kind <c>concurrency</c>, at which a replay does not wait.</summary>
    public long WaitsIgnored { get; set; }

    /// <summary>Lines whose path has no normal form; they were asked with the path that an ASP.NET Core application would see.</summary>
    public LineFaults UnclearPaths { get; } = new();

    /// <summary>Lines that could not be asked, such as those whose cost is no number.</summary>
    public LineFaults Failed { get; } = new();

    /// <summary>The keys refused most, at most <paramref name="count"/> of them; ties in the rules' order, then by key.</summary>
    public IReadOnlyList<(RuleTotals Rule, string Key, long Refused)> MostRefused(int count) =>
        [.. Rules
            .SelectMany((rule, place) => rule.RefusedKeys.Select(pair => (Place: place, pair.Key, Refused: pair.Value)))
            .OrderByDescending(entry => entry.Refused)
            .ThenBy(entry => entry.Place)
            .ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Take(count)
            .Select(entry => (Rules[entry.Place], entry.Key, entry.Refused))];

    /// <summary>Requests whose line ends early, in a part that they do not need.</summary>
    public long CutOff { get; private set; }

    /// <summary>Counts an answer.</summary>
    public void Add(in ReplayEntry entry, Decision decision)
    {
        CutOff += entry.IsCutOff ? 1 : 0;
        switch (entry.Op)
        {
            case ReplayOp.Peek:
                Peeks++;
                break;
            case ReplayOp.Return:
                Returns++;
                break;
            default:
                AddRequest(entry.At, decision);
                break;
        }
    }

    private void AddRequest(long at, Decision decision)
    {
        Allowed += decision.IsAllowed ? 1 : 0;
        Refused += decision.IsAllowed ? 0 : 1;
        Delayed += decision.IsAllowed && decision.Delay > TimeSpan.Zero ? 1 : 0;
        Slices.Add(at, decision.IsAllowed);
        var rules = decision.Rules;
        Unmatched += rules.Count == 0 ? 1 : 0;
        for (var i = 0; i < rules.Count; i++)
        {
            _byId[rules[i].Rule.Id].Add(rules[i], decision.IsAllowed);
        }
    }
}
