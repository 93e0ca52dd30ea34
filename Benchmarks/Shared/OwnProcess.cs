using System.Diagnostics;
using System.Globalization;

namespace Throttle.Benchmarks.Shared;

/// <summary>Measures in a new process, where nothing else lives on the heap.</summary>
internal static class OwnProcess
{
    /// <summary>Runs this program with other arguments and reads the number that it prints.</summary>
    public static double Measure(params string[] args)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) is "dotnet")
        {
            start.ArgumentList.Add(typeof(OwnProcess).Assembly.Location);
        }

        Array.ForEach(args, start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.Parse(output.AsSpan().Trim(), CultureInfo.InvariantCulture);
    }
}
