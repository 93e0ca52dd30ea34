using Throttle.Core.Rules.Patterns;

namespace Throttle.Core.Rules.Matching;

/// <summary>A condition with its patterns compiled.</summary>
internal readonly record struct CompiledCondition(string Attribute, Pattern[] Patterns)
{
    private readonly bool _isAddress = AddressText.IsAddressAttribute(Attribute);

    public bool IsMatch(string value)
    {
        value = _isAddress ? AddressText.Canonicalize(value) : value;
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
