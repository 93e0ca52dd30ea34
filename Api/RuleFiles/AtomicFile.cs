namespace Throttle.Api.RuleFiles;

/// <summary>Writes a file so that readers see the old contents or the new, and never a part.</summary>
internal static class AtomicFile
{
    /// <summary>
    /// Writes beside the file, to the disk, and renames. Permissions are kept; where the path is a symbolic link, it stays and
    /// its target is replaced.
    /// </summary>
    /// <exception cref="IOException">It could not be written; the file is as it was.</exception>
    public static async Task WriteAsync(string path, byte[] bytes, CancellationToken cancellationToken)
    {
        string? temporary = null;
        try
        {
            var isLink = new FileInfo(path).LinkTarget is not null;
            var target = isLink ? File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName : path;
            temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
            await WriteNewAsync(temporary, target, bytes, cancellationToken).ConfigureAwait(false);
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception e)
        {
            Remove(temporary);
            if (e is IOException or UnauthorizedAccessException)
            {
                throw new IOException($"The rule file '{path}' cannot be written: {e.Message} Nothing has changed.", e);
            }

            throw;
        }
    }

    private static async Task WriteNewAsync(string temporary, string target, byte[] bytes, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
            PreallocationSize = bytes.Length,
        };
        var stream = new FileStream(temporary, options);
        await using (stream.ConfigureAwait(false))
        {
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
        }

        if (!OperatingSystem.IsWindows() && File.Exists(target))
        {
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
        }
    }

    private static void Remove(string? temporary)
    {
        try
        {
            if (temporary is not null)
            {
                File.Delete(temporary);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The reason why the write failed is the one to tell.
        }
    }
}
