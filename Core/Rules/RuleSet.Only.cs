namespace Throttle.Core.Rules;

/// <content>The short way for requests that match one rule.</content>
public sealed partial class RuleSet
{
    // Up to so many rules are held against a request one by one, which is quicker than looking them up.
    private const int FewRules = 4;

    /// <summary>The index of the rule that matches, or -1 when none or several do.</summary>
    internal int MatchOnly(in Attributes attributes) =>
        _compiled.All.Length <= FewRules ? MatchOnlyOfFew(attributes) : MatchOnlyOfMany(attributes);

    /// <summary>Whether a unit costs one permit under a rule, so that the price need not be worked out.</summary>
    internal bool CostsOne(int index) => _compiled.All[index].CostsOne;

    private int MatchOnlyOfFew(in Attributes attributes)
    {
        var only = -1;
        var rules = CompiledFor(attributes).All;
        for (var i = 0; i < rules.Length; i++)
        {
            if (rules[i].IsMatch(attributes))
            {
                if (only >= 0)
                {
                    return -1;
                }

                only = i;
            }
        }

        return only;
    }

    private int MatchOnlyOfMany(in Attributes attributes)
    {
        var matches = new MatchBuffer(stackalloc int[8]);
        Match(attributes, ref matches);
        var only = matches.Count == 1 ? matches.Items[0] : -1;
        matches.Dispose();
        return only;
    }
}
