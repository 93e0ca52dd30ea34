using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace Throttle.Cli;

/// <summary>Prints the version of this command.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var version = typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        parseResult.InvocationConfiguration.Output.WriteLine($"throttle {version}");
        return ExitCodes.Success;
    }
}
