using System.Globalization;
using Throttle.Benchmarks.Cluster;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return args switch
{
    ["memory", var what, var count] => await Memory.MeasureAsync(what, int.Parse(count, CultureInfo.InvariantCulture)),
    [] => await Calls.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Throttle.Benchmarks.Cluster    decisions against calls that do nothing, side by side, as ratios");
    return 1;
}
