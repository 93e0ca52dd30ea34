using System.Diagnostics;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Redis;

/// <summary>A fact that runs a script of <c>Tests/Clients</c>; skipped where its program or its package is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisClientFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Python = new(FindPython);

    /// <summary>Skips without what the script needs.</summary>
    /// <param name="script">The script's name, such as <c>ioredis.js</c>.</param>
    public RedisClientFactAttribute(string script)
    {
        ArgumentNullException.ThrowIfNull(script);
        Script = script;
        Skip = script.EndsWith(".py", StringComparison.Ordinal)
            ? Python.Value is null ? "The redis package of Python (Debian's python3-redis) is not installed." : null
            : RedisProgramFactAttribute.Find("node") is null ? "Node.js (node) is not installed."
            : Directory.Exists(Path.Combine(Folder, "node_modules", "ioredis")) && Directory.Exists(Path.Combine(Folder, "node_modules", "redis")) ? null
            : "The packages ioredis and redis are not installed in Tests/Clients (npm ci).";
    }

    /// <summary>The script's name.</summary>
    public string Script { get; }

    /// <summary>The folder of the scripts and of their expected output.</summary>
    internal static string Folder { get; } = Path.Combine(Repository.Root, "Tests", "Clients");

    /// <summary>The program that runs a script.</summary>
    internal static string ProgramOf(string script) =>
        script.EndsWith(".py", StringComparison.Ordinal) ? Python.Value! : RedisProgramFactAttribute.Find("node")!;

    /// <summary>A Python that has the package: Debian installs it for its own, which need not be the first.</summary>
    private static string? FindPython()
    {
        string?[] all = [RedisProgramFactAttribute.Find("python3"), "/usr/bin/python3"];
        return Array.Find(all, python => python is not null && File.Exists(python) && HasRedis(python));
    }

    private static bool HasRedis(string python)
    {
        using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import redis"]) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
