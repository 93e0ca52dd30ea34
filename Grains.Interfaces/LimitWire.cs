using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Grains.Interfaces;

/// <summary>An algorithm and its numbers, as they go over the wire and into storage; the algorithm's fields say which number is which.</summary>
/// <param name="Algorithm">The algorithm, as rule files name it.</param>
/// <param name="Numbers">Its numbers, in the order of its fields.</param>
/// <param name="Texts">Its texts, in the order of its fields.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.LimitWire")]
public sealed record LimitWire(
    [property: Id(0)] string Algorithm,
    [property: Id(1)] long[] Numbers,
    [property: Id(2)] string?[] Texts)
{
    /// <summary>The wire form of a limit.</summary>
    public static LimitWire From(LimiterSpec limit)
    {
        ArgumentNullException.ThrowIfNull(limit);
        var (numbers, texts) = RuleFields.Pack(limit);
        return new(limit.Algorithm, numbers, texts);
    }

    /// <summary>The limit as rules know it.</summary>
    /// <exception cref="FormatException">It uses something that is not known to this version.</exception>
    public LimiterSpec ToSpec() => RuleFields.UnpackLimit(Algorithm, Numbers, Texts);
}
