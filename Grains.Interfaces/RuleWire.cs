using Throttle.Core.Rules;

namespace Throttle.Grains.Interfaces;

/// <summary>A rule as it goes over the wire and into storage; <see cref="RuleFields"/> says which number is which.</summary>
/// <param name="Id">The rule's id.</param>
/// <param name="Numbers">Its numbers, in the order of its fields.</param>
/// <param name="Texts">Its texts, in the order of its fields.</param>
/// <param name="BucketsSince">The version that began its buckets: a bucket that last lived by an older version is reset.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.RuleWire")]
public sealed record RuleWire(
    [property: Id(0)] string Id,
    [property: Id(1)] long[] Numbers,
    [property: Id(2)] string?[] Texts,
    [property: Id(3)] long BucketsSince = 0)
{
    /// <summary>The wire form of a rule.</summary>
    public static RuleWire From(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var (numbers, texts) = RuleFields.Pack(rule);
        return new(rule.Id, numbers, texts);
    }

    /// <summary>The rule.</summary>
    /// <exception cref="FormatException">It uses something that is not known to this version.</exception>
    public Rule ToRule()
    {
        try
        {
            return RuleFields.Unpack(Id, Numbers, Texts);
        }
        catch (FormatException e)
        {
            throw new FormatException($"Rule '{Id}': {e.Message}", e);
        }
    }
}
