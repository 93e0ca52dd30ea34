namespace Throttle.Cli;

/// <summary>Words for files that cannot be read or written.</summary>
internal static class FileError
{
    /// <summary>One line that names the file and what is the matter with it.</summary>
    public static string Describe(string path, Exception e) => e switch
    {
        DirectoryNotFoundException => $"The folder of '{path}' does not exist.",
        FileNotFoundException => $"'{path}' does not exist.",
        UnauthorizedAccessException when Directory.Exists(path) => $"'{path}' is a folder; name a file.",
        UnauthorizedAccessException => $"'{path}' may not be opened by this user.",
        InvalidDataException => $"'{path}' is damaged: {e.Message}",
        _ => $"'{path}': {e.Message}",
    };
}
