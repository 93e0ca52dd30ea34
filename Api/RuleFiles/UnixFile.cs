using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Throttle.Api.RuleFiles;

/// <summary>
/// What kind of file a path names, before it is opened: opening a pipe waits for a writer, and reading some devices never ends.
/// Known on Linux; on other systems every path counts as a file.
/// </summary>
public static class UnixFile
{
    // The fields of Linux' struct statx, the same on every processor.
    private const int StatxBytes = 256;
    private const int ModeAt = 28;
    private const int MajorAt = 128;
    private const int MinorAt = 132;
    private const int CurrentFolder = -100;
    private const uint TypeAndMode = 3;
    private const int TypeMask = 0xF000;
    private const int Pipe = 0x1000;
    private const int CharacterDevice = 0x2000;
    private const uint MemoryDevices = 1;

    /// <summary>Whether a path names a pipe, by way of symbolic links, too. False when it names nothing.</summary>
    public static bool IsPipe(string path) => TryStat(path, out var type, out _) && type == Pipe;

    /// <summary>Whether a path names a device that never ends, such as <c>/dev/zero</c>, <c>/dev/full</c> and <c>/dev/random</c>.</summary>
    public static bool IsEndless(string path) =>
        TryStat(path, out var type, out var device) && type == CharacterDevice && device is { Major: MemoryDevices, Minor: 5 or 7 or 8 or 9 };

    private static bool TryStat(string path, out int type, out (uint Major, uint Minor) device)
    {
        (type, device) = (0, default);
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var buffer = new byte[StatxBytes];
        try
        {
            if (Statx(CurrentFolder, path, 0, TypeAndMode, buffer) != 0)
            {
                return false;
            }
        }
        catch (EntryPointNotFoundException)
        {
            // A C library of before 2018.
            return false;
        }

        type = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(ModeAt)) & TypeMask;
        device = (BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(MajorAt)), BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(MinorAt)));
        return true;
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] buffer);
}
