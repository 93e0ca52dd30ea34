using Throttle.Core;

namespace Throttle.AspNetCore.Requests;

/// <summary>What was asked for a request, so that a pipeline that runs again (an error page) does not pay again.</summary>
internal sealed class ThrottleFeature : IThrottleFeature
{
    private readonly List<string?> _asked = [];
    private Decision? _decision;

    public Decision Decision => _decision ?? throw new InvalidOperationException("Nothing has been answered yet.");

    /// <summary>Whether this rule, or with null all that match, were asked already. An endpoint's rule stands for all.</summary>
    public bool Has(string? rule) => rule is null ? _asked.Count > 0 : _asked.Contains(rule);

    public void Add(string? rule, Decision decision)
    {
        _asked.Add(rule);
        _decision = decision;
    }
}
