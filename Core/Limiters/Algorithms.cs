namespace Throttle.Core.Limiters;

/// <summary>All algorithms.</summary>
public static class Algorithms
{
    static Algorithms() => Check(All);

    /// <summary>Every algorithm, in the order of the reference.</summary>
    public static IReadOnlyList<Algorithm> All { get; } =
    [
        TokenBucketSpec.Definition,
        GcraSpec.Definition,
        LeakyBucketSpec.Definition,
        FixedWindowSpec.Definition,
        SlidingLogSpec.Definition,
        SlidingWindowSpec.Definition,
        SpacingSpec.Definition,
        ConcurrencySpec.Definition,
        QueueSpec.Definition,
    ];

    /// <summary>The algorithm of a name, or null when there is none. Case counts.</summary>
    public static Algorithm? Find(string? name)
    {
        foreach (var algorithm in All)
        {
            if (string.Equals(algorithm.Name, name, StringComparison.Ordinal))
            {
                return algorithm;
            }
        }

        return null;
    }

    /// <summary>Throws when two algorithms have one name, or two forms of states one number.</summary>
    /// <exception cref="InvalidOperationException">They do; the message names both.</exception>
    internal static void Check(IReadOnlyList<Algorithm> algorithms)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var kinds = new Dictionary<byte, StateKind>();
        foreach (var algorithm in algorithms)
        {
            if (!names.Add(algorithm.Name))
            {
                throw new InvalidOperationException($"Two algorithms are named '{algorithm.Name}'; give each a name of its own.");
            }

            foreach (var kind in algorithm.StateKinds)
            {
                if (kinds.TryGetValue(kind.Number, out var other) && other != kind)
                {
                    throw new InvalidOperationException($"The forms of states '{other.Name}' and '{kind.Name}' both have the number {kind.Number}; give each its own.");
                }

                kinds[kind.Number] = kind;
            }
        }
    }
}
