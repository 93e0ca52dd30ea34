using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Rules;

/// <summary>Rules for tests.</summary>
internal static class SomeRules
{
    public static Rule Rule(string id, params Condition[] match) => new()
    {
        Id = id,
        Match = [.. match],
        Limit = new GcraSpec(new Rate(1, TimeSpan.TicksPerSecond), 1),
    };

    public static int[] Match(RuleSet set, Attributes attributes) => Match(set, attributes, out _);

    public static int[] Match(RuleSet set, Attributes attributes, out int examined)
    {
        var buffer = new MatchBuffer(stackalloc int[4]);
        examined = set.MatchCounting(attributes, ref buffer);
        var found = buffer.Items.ToArray();
        buffer.Dispose();
        return found;
    }
}
