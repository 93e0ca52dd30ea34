using System.Security.Cryptography;
using System.Text;
using Throttle.Api.RuleFiles;
using Throttle.Core.Rules;

namespace Throttle.Api.Envoy;

/// <summary>What the files of a configuration held when they were looked at, or why they could not be read.</summary>
/// <param name="Mark">Tells contents apart: equal for equal files, and for the same reason.</param>
/// <param name="Files">The files by name, in order.</param>
/// <param name="Error">Why they could not be found, or null.</param>
internal sealed record EnvoyConfigContent(string Mark, IReadOnlyList<(string Name, RuleFileContent Content)> Files, IOException? Error)
{
    private const string What = "configuration file";

    /// <summary>The most files of a folder.</summary>
    private const int MaxFiles = 10_000;

    /// <summary>Whether it came from a pipe, which can be read once only.</summary>
    public bool IsPipe => Files is [{ Content.IsPipe: true }];

    /// <summary>
    /// Reads a file, or the <c>*.yaml</c> and <c>*.yml</c> files of a folder in the order of their names, without those that
    /// begin with a dot: editors and orchestrators keep their own there.
    /// </summary>
    public static async Task<EnvoyConfigContent> ReadAsync(string path, CancellationToken cancellationToken, bool isFirst = false)
    {
        List<string> paths;
        try
        {
            paths = Directory.Exists(path) ? FilesOf(path) : [path];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return OfError(path, e.Message);
        }

        if (paths.Count is 0 or > MaxFiles)
        {
            return OfError(path, paths.Count == 0 ? "the folder has no *.yaml or *.yml file" : $"the folder has {paths.Count} files; use at most {MaxFiles}");
        }

        // A folder's files are read again and again, and so is a file once it is watched.
        var mayBePipe = isFirst && !Directory.Exists(path);
        var files = new List<(string, RuleFileContent)>(paths.Count);
        foreach (var file in paths)
        {
            files.Add((Path.GetFileName(file), await RuleFileContent.ReadAsync(file, cancellationToken, What, mayBePipe).ConfigureAwait(false)));
        }

        return new EnvoyConfigContent(MarkOf(files), files, null);
    }

    /// <summary>The configuration.</summary>
    /// <exception cref="EnvoyConfigException">It is faulty.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    public EnvoyConfig Parse(bool mergesDomains)
    {
        if (Error is not null)
        {
            throw Error;
        }

        return EnvoyConfig.Read([.. Files.Select(file => new EnvoyFile(file.Name, TextOf(file.Name, file.Content)))], mergesDomains);
    }

    private static string TextOf(string name, RuleFileContent content)
    {
        try
        {
            return content.Text();
        }
        catch (InvalidRulesException e)
        {
            throw new EnvoyConfigException([.. e.Faults.Select(fault => new EnvoyFault(new(name, fault.Line), $"error loading config file: {fault.Message}"))]);
        }
    }

    private static List<string> FilesOf(string folder) =>
    [
        .. Directory.EnumerateFiles(folder)
            .Where(file => Path.GetFileName(file)[0] != '.' && Path.GetExtension(file) is ".yaml" or ".yml")
            .Order(StringComparer.Ordinal),
    ];

    private static string MarkOf(List<(string Name, RuleFileContent Content)> files)
    {
        var marks = string.Join('\n', files.Select(file => $"{file.Name.Length} {file.Name} {file.Content.Mark}"));
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(marks)));
    }

    private static EnvoyConfigContent OfError(string path, string reason) =>
        new($"error: {reason}", [], new IOException($"The Envoy configuration '{path}' cannot be read: {reason}."));
}
