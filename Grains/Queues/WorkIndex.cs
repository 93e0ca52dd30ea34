using System.Globalization;

namespace Throttle.Grains.Queues;

/// <summary>The parts of the index of queues that hold work. Their number is part of what is stored: never change it.</summary>
internal static class WorkIndex
{
    /// <summary>How many parts there are.</summary>
    public const int Parts = 64;

    /// <summary>The most queues in one part.</summary>
    public const int MostQueues = 100_000;

    /// <summary>Every part's key.</summary>
    public static IEnumerable<string> Keys => Enumerable.Range(0, Parts).Select(KeyOf);

    /// <summary>The part that a queue belongs to, the same in every process.</summary>
    public static string KeyOf(string queue)
    {
        // FNV-1a: .NET's own hash of a text differs from process to process.
        var hash = 2_166_136_261u;
        foreach (var c in queue)
        {
            hash = unchecked((hash ^ c) * 16_777_619u);
        }

        return KeyOf((int)(hash % Parts));
    }

    private static string KeyOf(int part) => part.ToString(CultureInfo.InvariantCulture);
}
