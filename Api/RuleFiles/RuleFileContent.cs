using System.Security.Cryptography;
using System.Text;
using Throttle.Core.Rules;

namespace Throttle.Api.RuleFiles;

/// <summary>What a rule file held when it was looked at: its bytes, or why they could not be read.</summary>
/// <param name="Mark">Tells contents apart: equal for equal bytes, and for the same reason.</param>
/// <param name="Bytes">The bytes, or null.</param>
/// <param name="Error">The reason, or null.</param>
internal sealed record RuleFileContent(string Mark, byte[]? Bytes, IOException? Error)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether it came from a pipe or a device, which can be read once only.</summary>
    public bool IsPipe { get; private init; }

    public static RuleFileContent Of(byte[] bytes) => new(Convert.ToHexString(SHA256.HashData(bytes)), bytes, null);

    /// <summary>Reads a file that others may be writing, renaming or removing meanwhile.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <param name="mayBePipe">Whether a pipe is read; not where the file is read again and again.</param>
    public static async Task<RuleFileContent> ReadAsync(
        string path, CancellationToken cancellationToken, string what = "rule file", bool mayBePipe = false)
    {
        if (Directory.Exists(path))
        {
            return OfError(what, path, "it is a folder; name a file");
        }

        if (!mayBePipe && UnixFile.IsPipe(path))
        {
            return OfError(what, path, "it is a pipe, which can be read once only; put a file there");
        }

        if (UnixFile.IsEndless(path))
        {
            return OfError(what, path, "it is a device that never ends; name a file");
        }

        try
        {
            var stream = await OpenAsync(path, cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                return await ReadAsync(stream, cancellationToken).ConfigureAwait(false) is { } bytes
                    ? Of(bytes) with { IsPipe = !stream.CanSeek }
                    : OfError(what, path, $"it has {(stream.CanSeek && stream.Length > 0 ? stream.Length : "more")} bytes, and a {what} at most {RuleFileReader.MaxBytes}");
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return OfError(what, path, "it is not there");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return OfError(what, path, e.Message);
        }
    }

    /// <summary>Opens a file. That of a pipe waits until somebody writes to it, and only the waiting can be given up.</summary>
    private static async Task<FileStream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var opening = Task.Run(
            () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true),
            CancellationToken.None);
        try
        {
            return await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = opening.ContinueWith(
                late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>All there is, or null where it is more than a rule file may be; a pipe or a device does not tell before.</summary>
    private static async Task<byte[]?> ReadAsync(FileStream stream, CancellationToken cancellationToken)
    {
        if (stream.CanSeek && stream.Length > RuleFileReader.MaxBytes)
        {
            return null;
        }

        const int piece = 64 * 1024;
        using var copy = new MemoryStream();
        var buffer = new byte[piece];

        // The reading of a pipe does not heed the token either.
        while (await stream.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            copy.Write(buffer, 0, read);
            if (copy.Length > RuleFileReader.MaxBytes)
            {
                return null;
            }
        }

        return copy.ToArray();
    }

    /// <summary>The rules.</summary>
    /// <exception cref="InvalidRulesException">They are faulty.</exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    public IReadOnlyList<Rule> Parse() => RuleFileReader.Read(Text());

    /// <summary>The text.</summary>
    /// <exception cref="InvalidRulesException">It is no text.</exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    public string Text()
    {
        if (Bytes is null)
        {
            throw Error!;
        }

        if (Bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] or [0, not 0, ..] or [not 0, 0, ..])
        {
            throw new InvalidRulesException([new RuleFault("", "The file is UTF-16 text; save it as UTF-8.", 1)]);
        }

        try
        {
            return Utf8.GetString(Bytes);
        }
        catch (DecoderFallbackException e)
        {
            var line = 1 + Bytes.AsSpan(0, Math.Max(0, e.Index)).Count((byte)'\n');
            throw new InvalidRulesException([new RuleFault("", "The file is no UTF-8 text.", line)]);
        }
    }

    /// <summary>The text, or null where there is none to be had.</summary>
    public string? TryText()
    {
        try
        {
            return Bytes is null ? null : Text();
        }
        catch (InvalidRulesException)
        {
            return null;
        }
    }

    private static RuleFileContent OfError(string what, string path, string reason) =>
        new($"error: {reason}", null, new IOException($"The {what} '{path}' cannot be read: {reason}."));
}
