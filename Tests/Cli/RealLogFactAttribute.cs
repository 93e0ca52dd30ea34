using System.Runtime.CompilerServices;

namespace Throttle.Tests.Cli;

/// <summary>A fact about a real web server's log, which lies beside the project; skipped where it does not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealLogFactAttribute : FactAttribute
{
    /// <summary>Skips when the log is not there.</summary>
    public RealLogFactAttribute()
    {
        if (!File.Exists(LogPath))
        {
            Skip = "The log apache_logs.txt is not in ../shared/data, beside the project.";
        }
    }

    /// <summary>Where the log is.</summary>
    public static string LogPath { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "..", "shared", "data", "apache_logs.txt"));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
