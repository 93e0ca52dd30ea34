namespace Throttle.Tests.Contracts;

/// <summary>What tests of processes need of the system.</summary>
internal static class Signals
{
    /// <summary>Why a process cannot be asked to stop here; null where it can.</summary>
    public static string? Missing => OperatingSystem.IsWindows() ? "Windows has no SIGTERM." : null;
}
