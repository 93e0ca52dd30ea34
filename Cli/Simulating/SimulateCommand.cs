using System.CommandLine;

namespace Throttle.Cli.Simulating;

/// <summary><c>throttle simulate</c></summary>
internal static class SimulateCommand
{
    /// <summary>The command with those below it.</summary>
    public static Command Create(Terminal terminal) => new("simulate", "Run something against a throttle, and watch what it does.")
    {
        PermitsCommand.Create(terminal),
    };
}
