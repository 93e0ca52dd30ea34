using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Core.Inline;

/// <summary>
/// Something that is made of a limit, once for all equal ones that were used lately; a limit is checked when that is made. So a
/// front that makes a new object for each call costs a comparison, and no bucket has numbers of its own.
/// </summary>
internal sealed class CheckedLimits<T>(Func<LimiterSpec, T> make)
    where T : class
{
    // Fronts know some limits, not one for each key; where callers name more, each further one is checked again.
    private const int MaxCount = 10_000;
    private readonly RecentCache<LimiterSpec, T> _known = new(MaxCount);

    /// <summary>What is made of a limit.</summary>
    /// <exception cref="ArgumentException">A number of it is out of range; the message lists all that are.</exception>
    public T Of(LimiterSpec limit)
    {
        ArgumentNullException.ThrowIfNull(limit);
        return _known.Find(limit) ?? Make(limit);
    }

    private T Make(LimiterSpec limit)
    {
        var faults = RuleFields.FaultsOf(limit, "The limit of the call");
        return faults.Count == 0
            ? _known.Add(limit, make(limit))
            : throw new ArgumentException(string.Join(Environment.NewLine, faults), nameof(limit));
    }
}
