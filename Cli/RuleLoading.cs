using Throttle.Api.Hosting;
using Throttle.Api.RuleFiles;
using Throttle.Core.Rules;

namespace Throttle.Cli;

/// <summary>Rules out of files.</summary>
internal static class RuleLoading
{
    /// <summary>The rules of a file, or of standard input for <c>-</c>.</summary>
    /// <exception cref="CliException">The file cannot be read, or is faulty; the message has a line for each fault.</exception>
    public static RuleSet Load(Terminal terminal, string path)
    {
        var text = terminal.ReadText(path);
        try
        {
            return new RuleSet(RuleFileReader.Read(text));
        }
        catch (InvalidRulesException e)
        {
            throw new CliException(Errors.OfRules(path, e));
        }
    }
}
