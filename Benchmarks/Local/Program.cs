using System.Globalization;
using Throttle.Benchmarks.Local;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return args switch
{
    ["micro", .. var rest] => Micro.Run(rest),
    ["memory", var who, var keys] => Memory.Measure(who, int.Parse(keys, CultureInfo.InvariantCulture)),
    ["decisions"] => Decisions.RunAlone(),
    [] => SideBySide.Run(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Throttle.Benchmarks.Local            all comparisons side by side, as ratios");
    Console.Error.WriteLine("       Throttle.Benchmarks.Local decisions  only what parts of a decision cost");
    Console.Error.WriteLine("       Throttle.Benchmarks.Local micro …    BenchmarkDotNet, with its own arguments");
    return 1;
}
