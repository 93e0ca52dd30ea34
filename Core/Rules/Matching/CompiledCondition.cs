using Throttle.Core.Rules.Patterns;

namespace Throttle.Core.Rules.Matching;

/// <summary>A condition with its patterns compiled.</summary>
internal readonly record struct CompiledCondition(string Attribute, Pattern[] Patterns)
{
    public bool IsMatch(string value)
    {
        foreach (var pattern in Patterns)
        {
            if (pattern.IsMatch(value))
            {
                return true;
            }
        }

        return false;
    }
}
