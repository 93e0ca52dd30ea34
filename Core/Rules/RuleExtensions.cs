using System.Globalization;
using Throttle.Core.Limiters;

namespace Throttle.Core.Rules;

/// <summary>What a rule makes of a request that it matches, and of its own settings.</summary>
public static class RuleExtensions
{
    /// <summary>
    /// The key of the bucket that a request belongs to; see <see cref="BucketKey"/>. With one key attribute it is the
    /// attribute's value as its <see cref="KeyPart"/> makes it, the value itself without an allocation where that changes nothing;
    /// with none it is the empty text.
    /// </summary>
    /// <param name="rule">The rule.</param>
    /// <param name="attributes">The request's attributes.</param>
    /// <param name="missing">What stands for a key attribute that the request lacks; null where it must have all.</param>
    /// <exception cref="ArgumentException">The request lacks a key attribute, so the rule does not match it.</exception>
    public static string KeyOf(this Rule rule, in Attributes attributes, string? missing = null)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var parts = rule.Key.AsSpan();
        if (parts.Length <= 1)
        {
            return parts.IsEmpty ? "" : ValueOf(rule, attributes, parts[0], missing);
        }

        var values = new string[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            values[i] = ValueOf(rule, attributes, parts[i], missing);
        }

        return BucketKey.Of(values);
    }

    /// <summary>
    /// The key as the rule makes it of its values, where somebody gives it in another spelling: both name one bucket. A text that
    /// does not hold as many values as the rule has key attributes stays as it is, and so does a key that is spelled so already.
    /// </summary>
    public static string NormalizeKey(this Rule rule, string key)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(key);
        var parts = rule.Key.AsSpan();
        if (parts.Length == 1)
        {
            return parts[0].Normalize(key);
        }

        foreach (var part in parts)
        {
            if (!part.IsPlain)
            {
                return NormalizeSeveral(parts, key);
            }
        }

        return key;
    }

    /// <summary>The parts of a key as a rule file writes them.</summary>
    public static ValueList<string> ToTexts(this ValueList<KeyPart> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return [.. key.Select(part => part.ToString())];
    }

    /// <summary>The permits that a request costs under a rule: its units times the rule's cost.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="attributes">The request's attributes.</param>
    /// <param name="units">Units asked for, 0 to <see cref="Limits.MaxPermits"/>.</param>
    /// <returns>Permits, 0 to <see cref="Limits.MaxPermits"/>.</returns>
    /// <exception cref="ArgumentException">
    /// The units are out of range, the cost attribute is missing or is no whole number from 0 to
    /// <see cref="Limits.MaxPermits"/>, or the product is above that.
    /// </exception>
    public static long CostOf(this Rule rule, in Attributes attributes, long units)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (units is < 0 or > Limits.MaxPermits)
        {
            throw new ArgumentException($"cost is {units}; use 0 to {Limits.MaxPermits}.", nameof(units));
        }

        var price = rule.Cost.Attribute is { } name ? Price(rule, attributes, name) : rule.Cost.Permits;
        var cost = (Int128)price * units;
        return cost <= Limits.MaxPermits
            ? (long)cost
            : throw new ArgumentException(
                $"Rule '{rule.Id}': the cost is {units} times {price}, which is {cost}; use 0 to {Limits.MaxPermits}.",
                nameof(units));
    }

    /// <summary>
    /// Whether a cluster keeps the rule's buckets in storage: its <see cref="Rule.Durability"/>, and where that is
    /// <see cref="Durability.Auto"/>, whether a spent bucket needs more than one minute; see <see cref="LimiterSpec.RefillTicks"/>.
    /// A queue is persisted unless its rule says otherwise: the work that is handed over to it must not be lost.
    /// </summary>
    public static bool IsPersisted(this Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.Durability == Durability.Persisted
            || (rule.Durability == Durability.Auto
                && (rule.Limit is QueueSpec || rule.Limit.RefillTicks > TimeSpan.TicksPerMinute));
    }

    /// <summary>
    /// How the rule's buckets are carried over from a limit that it had before: as its <see cref="Rule.OnChange"/> says, but a rule that
    /// becomes a queue, or ceases to be one, has new buckets.
    /// </summary>
    public static OnChange OnChangeFrom(this Rule rule, LimiterSpec before)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.Limit is QueueSpec != before is QueueSpec ? OnChange.Reset : rule.OnChange;
    }

    private static string NormalizeSeveral(ReadOnlySpan<KeyPart> parts, string key)
    {
        var values = BucketKey.Split(key);
        if (values.Count != parts.Length)
        {
            return key;
        }

        var normalized = new string[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            normalized[i] = parts[i].Normalize(values[i]);
        }

        return BucketKey.Of(normalized);
    }

    private static string ValueOf(Rule rule, in Attributes attributes, KeyPart part, string? missing)
    {
        var value = part.Normalize(Need(rule, attributes, part.Attribute, missing));
        return attributes.AreBoundInKeys ? BucketKey.Bound(value) : value;
    }

    private static long Price(Rule rule, in Attributes attributes, string name)
    {
        var text = Need(rule, attributes, name);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var price)
            && price <= Limits.MaxPermits
            ? price
            : throw new ArgumentException(
                $"Rule '{rule.Id}': the cost attribute '{name}' is '{ShownText.Of(text)}'; "
                + $"use a whole number from 0 to {Limits.MaxPermits}.",
                nameof(attributes));
    }

    private static string Need(Rule rule, in Attributes attributes, string name, string? missing = null) =>
        attributes.Find(name)
        ?? missing
        ?? throw new ArgumentException($"Rule '{rule.Id}' needs the attribute '{name}'; the request lacks it.", nameof(attributes));
}
