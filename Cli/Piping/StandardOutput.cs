using Microsoft.Win32.SafeHandles;

namespace Throttle.Cli.Piping;

/// <summary>Standard output for bytes, whose writes fail once its reader has gone.</summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    // EPIPE on Unix; ERROR_BROKEN_PIPE and ERROR_NO_DATA on Windows.
    private static readonly int[] ClosedResults = [32, unchecked((int)0x8007006D), unchecked((int)0x800700E8)];

    /// <summary>
    /// Opens it. The console's own stream takes a reader that has gone for one that wants no more, and swallows what is written
    /// to it: a copy of an endless input would not end. A stream over the descriptor says so; but of a file it would write at
    /// places of its own counting, over what others append, and a file has no reader that goes.
    /// </summary>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        var stream = new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }

    /// <summary>Whether a write failed because nobody reads any more.</summary>
    public static bool IsClosed(IOException e) => ClosedResults.Contains(e.HResult);
}
