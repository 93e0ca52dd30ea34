using System.Runtime.InteropServices;
using Throttle.Core;

namespace Throttle.AspNetCore.Requests;

/// <summary>Remembers the rules that a request was asked for, so that it pays each once, also where the pipeline runs again (an error page) or an endpoint names a rule that had matched.</summary>
internal sealed class ThrottleFeature : IThrottleFeature
{
    private readonly HashSet<string?> _asked = [];
    private readonly List<Decision> _decisions = [];

    public Decision Decision => _decisions.Count > 0 ? _decisions[^1] : throw new InvalidOperationException("Nothing has been answered yet.");

    /// <summary>All decisions, in order.</summary>
    public ReadOnlySpan<Decision> Decisions => CollectionsMarshal.AsSpan(_decisions);

    /// <summary>Whether this rule, or with null all that match, were asked already. An endpoint's rule stands for all.</summary>
    public bool Has(string? rule) => rule is null ? _asked.Count > 0 : _asked.Contains(rule);

    public void Add(string? rule, Decision decision)
    {
        _asked.Add(rule);
        foreach (var matched in decision.Rules)
        {
            _asked.Add(matched.Rule.Id);
        }

        _decisions.Add(decision);
    }
}
