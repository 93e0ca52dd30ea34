using System.Text.Json.Nodes;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>An algorithm and its numbers, as a rule states them. Equal numbers make equal specs.</summary>
public abstract record LimiterSpec
{
    private protected LimiterSpec()
    {
    }

    /// <summary>The algorithm's name in rule files, such as <c>token-bucket</c>.</summary>
    public string Algorithm => Kind.Name;

    /// <summary>The algorithm.</summary>
    public abstract Algorithm Kind { get; }

    /// <summary>
    /// How long after a bucket was spent at one instant a new one in its place breaks no promise of the limiter's, in ticks,
    /// rounded up: capacity by rate (where it is adaptive, by the least), the longest of several bandwidths; the window, or the longest that its calendar unit
    /// gets; every reservation's interval, one more and the grace; the lease.
    /// </summary>
    /// <remarks>
    /// What was reserved ahead of that instant is not counted, but by spacing. A sliding window itself weighs what was spent
    /// for up to two windows. Of numbers that no rule may have the time is 0 or more, and <see cref="Ticks.Never"/> where
    /// nothing comes back.
    /// </remarks>
    public abstract long RefillTicks { get; }

    /// <summary>How much it allows in which time, for numbers that a rule may have.</summary>
    public abstract Quota Quota { get; }

    /// <summary><c>token-bucket: capacity 20, refill 10/s</c>. Numbers that have their defaults are left out.</summary>
    public sealed override string ToString()
    {
        var json = new JsonObject();
        Kind.Write(this, json);
        return json.Count == 0 ? Algorithm : $"{Algorithm}: {string.Join(", ", json.Select(field => $"{field.Key} {field.Value}"))}";
    }

    /// <summary>The rates at which permits come steadily; none when they come all at once, as those of windows do.</summary>
    internal virtual IReadOnlyList<Rate> SteadyRates => [];

    /// <summary>Makes the limiter and hands it to <paramref name="visitor"/>, which learns the type of its state.</summary>
    /// <param name="visitor">Receives the limiter.</param>
    /// <param name="newLeaseId">Names leases, see <see cref="Concurrency(long, long, Func{Guid})"/>; null for random names.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range; a validated rule has none such.</exception>
    public abstract TResult Accept<TResult>(ILimiterVisitor<TResult> visitor, Func<Guid>? newLeaseId = null);
}
