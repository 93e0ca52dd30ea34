using System.Diagnostics;
using System.Globalization;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Benchmarks.Local;

/// <summary>What matching costs with 10 and with 10,000 rules that differ in an exact, a prefix, or a CIDR condition.</summary>
internal static class Matching
{
    public static void Run()
    {
        Console.WriteLine("| rules differ in | 10 rules, ns a match | 10,000 rules | costs |");
        Console.WriteLine("|---|---|---|---|");
        Compare("an exact attribute", i => new("tenant", $"tenant-{i}"), i => ("tenant", $"tenant-{i}"));
        Compare("a prefix", i => new("path", $"/service-{i:D5}/**"), i => ("path", $"/service-{i:D5}/orders/7"));
        Compare("the end of a glob", i => new("path", $"/*/items/e-{i}"), i => ("path", $"/shop/items/e-{i}"));
        Compare("the end of a text", i => new("file", $"*-{i}.js"), i => ("file", $"a-{i}.js"));
        Compare("the middle of a glob only", i => new("agent", $"*bot-{i:D5}*"), i => ("agent", $"Mozilla/5.0 (compatible; bot-{i:D5}; +http://example.com)"));
        Compare("a CIDR block", i => new("ip", $"10.{i / 256}.{i % 256}.0/24"), i => ("ip", $"10.{i / 256}.{i % 256}.9"));
    }

    public static int RunAlone()
    {
        Run();
        return 0;
    }

    private static void Compare(string what, Func<int, Condition> condition, Func<int, (string, string)> attribute)
    {
        var (few, many) = (Loop(10, condition, attribute), Loop(10_000, condition, attribute));
        var (a, b, ratio) = SideBySide.Pair(few, many, threads: 1);
        Console.WriteLine($"| {what} | {a:N0} | {b:N0} | {ratio:N2}× |");
    }

    private static Func<int, long> Loop(int count, Func<int, Condition> condition, Func<int, (string, string)> attribute)
    {
        var set = new RuleSet(Enumerable.Range(0, count).Select(i =>
            LimitBy.TokenBucket(string.Create(CultureInfo.InvariantCulture, $"rule-{i}"), 10, "1/s", "user") with { Match = [condition(i)] }));

        // The same requests on both sides: only the rules differ in number.
        var requests = Enumerable.Range(0, 10).Select(i => new Attributes([("user", "42"), attribute(i)])).ToArray();
        return _ =>
        {
            long calls = 0;
            Span<int> stack = stackalloc int[16];
            for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < TimeSpan.FromMilliseconds(200);)
            {
                for (var i = 0; i < 1000; i++, calls++)
                {
                    var matches = new MatchBuffer(stack);
                    set.Match(requests[i % requests.Length], ref matches);
                    if (matches.Count != 1)
                    {
                        throw new InvalidOperationException($"{matches.Count} rules match, not 1.");
                    }
                }
            }

            return calls;
        };
    }
}
