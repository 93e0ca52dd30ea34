using System.Globalization;
using Throttle.Benchmarks.Local;
using Throttle.Benchmarks.Local.Redis;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return args switch
{
    ["micro", .. var rest] => Micro.Run(rest),
    ["memory", var who, var keys] => Memory.Measure(who, int.Parse(keys, CultureInfo.InvariantCulture)),
    ["decisions"] => Decisions.RunAlone(),
    ["matching"] => Matching.RunAlone(),
    ["redis"] => RedisSides.Run(),
    [] => SideBySide.Run(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Throttle.Benchmarks.Local            all comparisons side by side, as ratios");
    Console.Error.WriteLine("       Throttle.Benchmarks.Local decisions  only what parts of a decision cost");
    Console.Error.WriteLine("       Throttle.Benchmarks.Local matching   only what matching costs");
    Console.Error.WriteLine("       Throttle.Benchmarks.Local redis      one node against Redis, by redis-benchmark, as ratios");
    Console.Error.WriteLine("       Throttle.Benchmarks.Local micro …    BenchmarkDotNet, with its own arguments");
    return 1;
}
