using System.Globalization;

namespace Throttle.Benchmarks.Local;

/// <summary>Bytes that a key costs on the managed heap, its own text not counted: each side holds the caller's.</summary>
internal static class Memory
{
    public static int Measure(string who, int keyCount)
    {
        var keys = Contenders.Keys(keyCount);
        object limiter;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        if (string.Equals(who, "ours", StringComparison.Ordinal))
        {
            var ours = Contenders.Ours();
            Array.ForEach(keys, k => Contenders.Take(ours, k));
            limiter = ours;
        }
        else
        {
            var theirs = Contenders.TheirMany();
            Array.ForEach(keys, k => Contenders.Take(theirs, k));
            limiter = theirs;
        }

        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(limiter);
        GC.KeepAlive(keys);
        Console.WriteLine(((double)bytes / keyCount).ToString(CultureInfo.InvariantCulture));
        return 0;
    }
}
