using Throttle.Api.Envoy;
using Throttle.Api.Hosting;
using Throttle.Api.RuleFiles;

namespace Throttle.Cli.RuleEditing;

/// <summary><c>throttle rules import</c></summary>
internal static class ImportAction
{
    /// <summary>Writes a configuration of Envoy's ratelimit service as a rule file, and on standard error what the rules cannot say.</summary>
    /// <returns>0 when the rules say all of it, 2 when something is left out or differs.</returns>
    public static async Task<int> RunAsync(
        Terminal terminal, string path, string? output, bool mergesDomains, CancellationToken cancellationToken)
    {
        var config = await LoadAsync(path, mergesDomains, cancellationToken).ConfigureAwait(false);
        var result = EnvoyImport.Convert(config);
        await WriteAsync(terminal, output, RuleFileWriter.Write(result.Rules), cancellationToken).ConfigureAwait(false);
        foreach (var note in result.Notes)
        {
            terminal.Error.WriteLine(Tables.Printable(note.ToString()));
        }

        var differing = result.Notes.Count(note => !note.IsLeftOut);
        var unlimited = result.Unlimited > 0 ? $" ({Tables.Number(result.Unlimited)} unlimited, which need none)" : "";
        terminal.Error.WriteLine(
            $"{Tables.Count(result.Rules.Count, "rule")} of {Tables.Count(config.LimitCount, "limit")}{unlimited}: {result.LeftOut} left out, {Tables.Count(differing, "difference")}.");
        return result.Notes.Count == 0 ? ExitCodes.Success : ExitCodes.No;
    }

    private static async Task<EnvoyConfig> LoadAsync(string path, bool mergesDomains, CancellationToken cancellationToken)
    {
        try
        {
            return await EnvoyConfig.LoadAsync(path, mergesDomains, cancellationToken).ConfigureAwait(false);
        }
        catch (EnvoyConfigException e)
        {
            throw new CliException(Errors.OfEnvoy(path, e));
        }
    }

    private static async Task WriteAsync(Terminal terminal, string? output, string text, CancellationToken cancellationToken)
    {
        if (output is null or "-")
        {
            terminal.Output.Write(text);
            return;
        }

        try
        {
            await File.WriteAllTextAsync(output, text, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(FileError.Describe(output, e));
        }
    }
}
