namespace Throttle.Api.Hosting;

/// <summary>A file with the admin token, so that no list of processes shows it.</summary>
public static class AdminTokenFile
{
    private const int MaxBytes = 10_000;

    /// <summary>The token in a file, without the white space around it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ArgumentException">What it holds is no token; the message does not repeat it.</exception>
    public static string Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists && file.Length > MaxBytes
                ? throw new ArgumentException($"The admin token file '{path}' has {file.Length} bytes; put only the token in it.", nameof(path))
                : AdminTokens.Check(File.ReadAllText(path).Trim(), $"token in the admin token file '{path}'");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"The admin token file '{path}' may not be read by this user.", e);
        }
        catch (IOException e)
        {
            throw new IOException($"The admin token file '{path}' cannot be read: {Errors.FirstLine(e)}", e);
        }
    }
}
