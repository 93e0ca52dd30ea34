using System.Runtime.InteropServices;

namespace Throttle.Core.Usage;

/// <summary>The counts of one rule, in a line for each processor or so, so that threads on different keys do not wait for one another.</summary>
internal sealed class UsageCell(string rule)
{
    private const int MaxLines = 8;

    // A power of two, for the mask.
    private static readonly int LineCount = (int)System.Numerics.BitOperations.RoundUpToPowerOf2(
        (uint)Math.Min(MaxLines, Environment.ProcessorCount));

    private readonly Line[] _lines = new Line[LineCount];

    public string Rule { get; } = rule;

    /// <summary>Whether it is kept whatever the rules are: what it counts is not a rule's.</summary>
    public bool IsKept { get; init; }

    /// <summary>Which removal it was that took the rule out of the rules; 0 while it is among them.</summary>
    public long RemovedAs { get; set; }

    public void Count(UsageOutcome outcome, long permits)
    {
        ref var line = ref _lines[Thread.GetCurrentProcessorId() & (_lines.Length - 1)];
        switch (outcome)
        {
            case UsageOutcome.Allowed:
                Add(ref line.Allowed, 1);
                break;
            case UsageOutcome.Refused:
                Add(ref line.Refused, 1);
                break;
            case UsageOutcome.ShadowRefused:
                Add(ref line.ShadowRefused, 1);
                break;
            default:
                Add(ref line.Errors, 1);
                break;
        }

        if (permits > 0)
        {
            Add(ref line.Permits, permits);
        }
    }

    /// <summary>Counts permits that came back, 0 or more.</summary>
    public void CountReturned(long permits) => Add(ref _lines[Thread.GetCurrentProcessorId() & (_lines.Length - 1)].Returned, permits);

    /// <summary>Adds what another has counted, which must not count any more.</summary>
    public void Add(in UsageCounts counts, long returned)
    {
        ref var line = ref _lines[0];
        Add(ref line.Allowed, counts.Allowed);
        Add(ref line.Refused, counts.Refused);
        Add(ref line.ShadowRefused, counts.ShadowRefused);
        Add(ref line.Errors, counts.Errors);
        Add(ref line.Permits, counts.Permits);
        Add(ref line.Returned, returned);
    }

    /// <summary>Permits that came back.</summary>
    public long ReadReturned()
    {
        var sum = 0L;
        for (var i = 0; i < _lines.Length; i++)
        {
            var read = Read(ref _lines[i].Returned);
            sum = sum > long.MaxValue - read ? long.MaxValue : sum + read;
        }

        return sum;
    }

    public UsageCounts Read()
    {
        var sum = default(UsageCounts);
        for (var i = 0; i < _lines.Length; i++)
        {
            ref var line = ref _lines[i];
            sum += new UsageCounts(
                Read(ref line.Allowed), Read(ref line.Refused), Read(ref line.ShadowRefused), Read(ref line.Errors), Read(ref line.Permits));
        }

        return sum;
    }

    private static void Add(ref long count, long amount)
    {
        // It wraps, and is then put back to the largest number: that is 1,024 grants of the largest cost, and no time for a lock.
        if (Interlocked.Add(ref count, amount) < 0)
        {
            Interlocked.Exchange(ref count, long.MaxValue);
        }
    }

    private static long Read(ref long count) => Volatile.Read(ref count) is >= 0 and var read ? read : long.MaxValue;

    // Twice a cache line: processors fetch them in pairs.
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Line
    {
        public long Allowed;
        public long Refused;
        public long ShadowRefused;
        public long Errors;
        public long Permits;
        public long Returned;
    }
}
