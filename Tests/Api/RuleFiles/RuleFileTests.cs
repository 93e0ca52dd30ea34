using System.Globalization;
using System.IO.Pipes;
using System.Text;
using System.Threading.Channels;
using Throttle.Api.RuleFiles;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.RuleFiles;

public sealed class RuleFileTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly RuleFileOptions Unwatched = new() { IsWatched = false, SettleTime = TimeSpan.Zero };

    private readonly TempFolder _folder = new();

    private string FilePath => _folder.File("rules.yaml");

    public void Dispose() => _folder.Dispose();

    internal static async Task MakePipeAsync(string path)
    {
        using var maker = System.Diagnostics.Process.Start("mkfifo", [path]);
        await maker.WaitForExitAsync();
    }

    [Fact]
    public async Task Open_NoPath_HoldsSampleRulesThatCanBeEdited()
    {
        await using var file = await RuleFile.OpenAsync(null);
        Assert.Equal(RuleFileReader.Read(SampleRules.Text), file.Current.Rules);

        var set = await file.ReplaceAsync(Rules("a"), expectedVersion: 1);

        Assert.Equal(2, set.Version);
        Assert.Null(file.Path);
        await file.CheckAsync();
        await Assert.ThrowsAsync<RuleVersionConflictException>(async () => await file.ReplaceAsync(Rules("b"), expectedVersion: 1));
    }

    [Fact]
    public async Task Open_FaultyOrMissing_Throws()
    {
        await Assert.ThrowsAsync<IOException>(() => RuleFile.OpenAsync(FilePath, Unwatched));
        await File.WriteAllTextAsync(FilePath, "version: 1\nrules: 5");

        var error = await Assert.ThrowsAsync<InvalidRulesException>(() => RuleFile.OpenAsync(FilePath, Unwatched));

        Assert.Equal(2, Assert.Single(error.Faults).Line);
        await File.WriteAllBytesAsync(FilePath, [(byte)'#', (byte)'\n', 0xC3, 0x28]);
        error = await Assert.ThrowsAsync<InvalidRulesException>(() => RuleFile.OpenAsync(FilePath, Unwatched));
        Assert.Equal("line 2: The file is no UTF-8 text.", error.Message);
    }

    [Fact]
    public async Task Replace_FileWithComments_KeepsThem()
    {
        var text = Text("a").Replace("rules:", "rules: # all\n  # the first", StringComparison.Ordinal);
        await File.WriteAllTextAsync(FilePath, text);
        await using var file = await RuleFile.OpenAsync(FilePath, Unwatched);

        await file.ReplaceAsync(Rules("a", "b"), expectedVersion: 1);

        Assert.StartsWith(text, await File.ReadAllTextAsync(FilePath), StringComparison.Ordinal);
        Assert.Null(file.KeptPath);
        Assert.False(File.Exists($"{FilePath}.1"));
    }

    [Theory]
    [InlineData("version: 1\nrules: [] # all\n# end\n...\n# after\n", false)]
    [InlineData("version: 1\nrules: [{ id: b, limit: { algorithm: gcra, rate: 1/s, burst: 1 } }] # c\n", true)]
    [InlineData("version: 1\nrules: [{ id: b, limit: { algorithm: gcra, rate: 1/s, burst: 1 } }]\n", false)]
    [InlineData("version: 1\nrules: 5 # faulty\n", true)]
    public async Task Replace_FileWhoseCommentsCannotBeKept_KeepsTheOldOneBesideItAndSaysSo(string text, bool isKeptBeside)
    {
        await File.WriteAllTextAsync(FilePath, Text("a"));
        await using var file = await RuleFile.OpenAsync(FilePath, Unwatched);
        await File.WriteAllTextAsync(FilePath, text);

        await file.ReplaceAsync(Rules("a"));

        Assert.Equal(Rules("a"), RuleFileReader.Read(await File.ReadAllTextAsync(FilePath)));
        Assert.Equal(isKeptBeside, File.Exists($"{FilePath}.1"));
        Assert.Equal(isKeptBeside ? $"{FilePath}.1" : null, file.KeptPath);
        if (isKeptBeside)
        {
            Assert.Equal(text, await File.ReadAllTextAsync($"{FilePath}.1"));
        }
    }

    [UnixFact]
    public async Task Open_Pipe_IsReadOnceAndNotWatched()
    {
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        var opening = RuleFile.OpenAsync($"/dev/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}");
        await pipe.WriteAsync(Encoding.UTF8.GetBytes(Text("a")));
        Assert.False(opening.IsCompleted);
        pipe.Close();

        await using var file = await opening;

        Assert.Equal(Rules("a"), file.Current.Rules);
        await file.CheckAsync();
        Assert.Null(file.LastError);
        Assert.Equal(Rules("b"), (await file.ReplaceAsync(Rules("b"), expectedVersion: 1)).Rules);
    }

    [UnixFact]
    public async Task Open_PipeThatNobodyWritesTo_CanBeGivenUp()
    {
        await MakePipeAsync(FilePath);
        using var stop = new CancellationTokenSource();

        var opening = RuleFile.OpenAsync(FilePath, cancellationToken: stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);

        // Whoever opened it still waits for a writer, and is freed by one.
        await using var writer = new FileStream(FilePath, FileMode.Open, FileAccess.Write);
    }

    [UnixTheory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/full")]
    [InlineData("/dev/random")]
    [InlineData("/dev/urandom")]
    public async Task Open_DeviceWithoutEnd_SaysSo(string path)
    {
        var error = await Assert.ThrowsAsync<IOException>(() => RuleFile.OpenAsync(path, Unwatched));

        Assert.Equal($"The rule file '{path}' cannot be read: it is a device that never ends; name a file.", error.Message);
    }

    [UnixFact]
    public async Task Check_FileThatBecameAPipe_IsReportedAndHoldsNobodyUp()
    {
        await File.WriteAllTextAsync(FilePath, Text("a"));
        await using var file = await RuleFile.OpenAsync(FilePath, Unwatched);
        File.Delete(FilePath);
        await MakePipeAsync(FilePath);

        await file.CheckAsync();

        Assert.Contains("it is a pipe, which can be read once only", Assert.IsType<IOException>(file.LastError).Message, StringComparison.Ordinal);
        Assert.Equal(Rules("a"), file.Current.Rules);
        Assert.Equal(Rules("b"), (await file.ReplaceAsync(Rules("b"))).Rules);
        Assert.Equal(Rules("b"), RuleFileReader.Read(await File.ReadAllTextAsync(FilePath)));
    }

    [Fact]
    public async Task Open_Folder_SaysSo()
    {
        var folder = Path.GetDirectoryName(FilePath)!;

        var error = await Assert.ThrowsAsync<IOException>(() => RuleFile.OpenAsync(folder, Unwatched));

        Assert.Equal($"The rule file '{folder}' cannot be read: it is a folder; name a file.", error.Message);
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16BE", false)]
    public async Task Open_Utf16_IsToldSo(string name, bool hasMark)
    {
        var encoding = Encoding.GetEncoding(name);
        await File.WriteAllBytesAsync(FilePath, [.. hasMark ? encoding.GetPreamble() : [], .. encoding.GetBytes("version: 1\nrules: []\n")]);

        var error = await Assert.ThrowsAsync<InvalidRulesException>(() => RuleFile.OpenAsync(FilePath, Unwatched));

        Assert.Equal("line 1: The file is UTF-16 text; save it as UTF-8.", error.Message);
    }

    [Theory]
    [InlineData(9, 100)]
    [InlineData(500, 10_001)]
    public async Task Open_OptionOutOfRange_Throws(int pollMs, int settleMs) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => RuleFile.OpenAsync(
            null,
            new RuleFileOptions { PollInterval = TimeSpan.FromMilliseconds(pollMs), SettleTime = TimeSpan.FromMilliseconds(settleMs) }));

    [Theory]
    [InlineData("write", true, false)]
    [InlineData("write", false, true)]
    [InlineData("truncate-then-write", true, true)]
    [InlineData("rename", true, false)]
    [InlineData("rename", false, true)]
    [InlineData("delete-then-rename", true, true)]
    [InlineData("symlink-swap", true, false)]
    [InlineData("symlink-swap", false, true)]
    [InlineData("link-rename", true, false)]
    [InlineData("link-rename", false, true)]
    public async Task Watch_GoodEdit_ComesIntoForceOnce(string how, bool useNotices, bool usePoll)
    {
        var isLinked = how is "symlink-swap" or "link-rename";
        Start(isLinked);
        await using var file = await RuleFile.OpenAsync(FilePath, Watched(useNotices, usePoll));
        var (changes, reports) = Listen(file);

        await EditAsync(how, Text("b"));

        var set = await Next(changes, $"the edit '{how}'");
        Assert.Equal(("b", 2), (set.Rules[0].Id, set.Version));
        Assert.Null((await Next(reports, "the report of it")).Error);
        await file.CheckAsync();
        Assert.False(changes.TryRead(out _));
        Assert.Equal(2, file.Current.Version);
    }

    [Theory]
    [InlineData("write")]
    [InlineData("rename")]
    public async Task Watch_BadEdit_ChangesNothingIsReportedAndMended(string how)
    {
        Start(isLinked: false);
        await using var file = await RuleFile.OpenAsync(FilePath, Watched(useNotices: true, usePoll: true));
        var (changes, reports) = Listen(file);

        await EditAsync(how, "version: 1\nrules:\n  - id: B\n    limit: {}\n");
        var report = await Next(reports, "the report of a bad edit");

        Assert.Equal([3, 4], Assert.IsType<InvalidRulesException>(report.Error).Faults.Select(fault => fault.Line));
        Assert.Contains("version 1 stays in force", report.Message, StringComparison.Ordinal);
        Assert.Same(report.Error, file.LastError);
        Assert.Equal("a", file.Current.Rules[0].Id);
        Assert.False(changes.TryRead(out _));

        await EditAsync(how, Text("c"));
        Assert.Null((await Next(reports, "the report of the mended file")).Error);
        Assert.Null(file.LastError);
        Assert.Equal(("c", 2), (file.Current.Rules[0].Id, file.Current.Version));
    }

    [Fact]
    public async Task Watch_FileGone_KeepsRulesReportsAndRecovers()
    {
        Start(isLinked: false);
        await using var file = await RuleFile.OpenAsync(FilePath, Watched(useNotices: true, usePoll: true));
        var (_, reports) = Listen(file);

        File.Delete(FilePath);
        var report = await Next(reports, "the report of a missing file");
        Assert.Contains("it is not there", Assert.IsType<IOException>(report.Error).Message, StringComparison.Ordinal);
        Assert.Equal(1, file.Current.Version);

        await File.WriteAllTextAsync(FilePath, Text("a"));
        Assert.Null((await Next(reports, "the report that it is back")).Error);
        Assert.Equal(1, file.Current.Version);
    }

    [Fact]
    public async Task Check_OtherCommentsOrTouched_KeepsTheVersion()
    {
        Start(isLinked: false);
        await using var file = await RuleFile.OpenAsync(FilePath, Unwatched);
        file.Changed += _ => Assert.Fail("The rules have not changed.");

        await File.WriteAllTextAsync(FilePath, "# hello\n" + Text("a"));
        File.SetLastWriteTimeUtc(FilePath, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await file.CheckAsync();

        Assert.Equal(1, file.Current.Version);
        Assert.Null(file.LastError);
    }

    [Fact]
    public async Task Check_SameBadEditTwice_IsReportedOnce()
    {
        Start(isLinked: false);
        await using var file = await RuleFile.OpenAsync(FilePath, Unwatched);
        var reports = 0;
        file.Reported += _ => reports++;

        await File.WriteAllTextAsync(FilePath, "");
        await file.CheckAsync();
        await file.CheckAsync();

        Assert.Equal(1, reports);
    }

    [Fact]
    public async Task Replace_WritesTheFileAndKeepsItsModeAndLink()
    {
        Start(isLinked: true);
        var target = File.ResolveLinkTarget(FilePath, returnFinalTarget: true)!.FullName;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        }

        await using var file = await RuleFile.OpenAsync(FilePath, Watched(useNotices: true, usePoll: true));
        var (changes, _) = Listen(file);

        var set = await file.ReplaceAsync(Rules("b", "c"), expectedVersion: 1);

        Assert.Equal(2, set.Version);
        Assert.Equal(set.Rules, RuleFileReader.Read(await File.ReadAllTextAsync(FilePath)));
        Assert.NotNull(new FileInfo(FilePath).LinkTarget);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(target));
        }

        Assert.Equal([target], Directory.GetFiles(Path.GetDirectoryName(target)!));
        Assert.Equal(2, (await Next(changes, "the announcement of the edit")).Version);
        await file.CheckAsync();
        Assert.False(changes.TryRead(out _));
        Assert.Equal(2, file.Current.Version);
    }

    [Fact]
    public async Task Replace_FileEditedMeanwhile_LoadsThatAndRefuses()
    {
        Start(isLinked: false);
        await using var file = await RuleFile.OpenAsync(FilePath, Unwatched);
        await File.WriteAllTextAsync(FilePath, Text("other"));

        var conflict = await Assert.ThrowsAsync<RuleVersionConflictException>(
            async () => await file.ReplaceAsync(Rules("mine"), expectedVersion: 1));

        Assert.Equal(2, conflict.Current);
        Assert.Equal("other", file.Current.Rules[0].Id);
        Assert.Equal(Text("other"), await File.ReadAllTextAsync(FilePath));
        Assert.Equal(3, (await file.ReplaceAsync(Rules("mine"), expectedVersion: 2)).Version);
    }

    [Fact]
    public async Task Replace_FileHasFaultyEdit_IsOnlyOverwrittenWithoutVersion()
    {
        Start(isLinked: false);
        await using var file = await RuleFile.OpenAsync(FilePath, Unwatched);
        await File.WriteAllTextAsync(FilePath, "half an edit");

        var error = await Assert.ThrowsAsync<IOException>(async () => await file.ReplaceAsync(Rules("mine"), expectedVersion: 1));
        Assert.Contains("has a faulty edit that would be lost", error.Message, StringComparison.Ordinal);
        Assert.Equal("half an edit", await File.ReadAllTextAsync(FilePath));
        Assert.Equal(1, file.Current.Version);

        Assert.Equal(2, (await file.ReplaceAsync(Rules("mine"))).Version);
        Assert.Null(file.LastError);
    }

    [Fact]
    public async Task Replace_FaultyRules_ChangesNothing()
    {
        Start(isLinked: false);
        await using var file = await RuleFile.OpenAsync(FilePath, Unwatched);

        await Assert.ThrowsAsync<InvalidRulesException>(async () => await file.ReplaceAsync(Rules("a", "a")));

        Assert.Equal(Text("a"), await File.ReadAllTextAsync(FilePath));
        Assert.Equal(1, file.Current.Version);
    }

    [Fact]
    public async Task Replace_CannotWrite_ThrowsTheReasonAndChangesNothing()
    {
        Start(isLinked: false);
        await using var file = await RuleFile.OpenAsync(FilePath, Unwatched);
        Directory.Delete(_folder.Path, recursive: true);

        var error = await Assert.ThrowsAsync<IOException>(async () => await file.ReplaceAsync(Rules("b")));

        Assert.Contains("cannot be written", error.Message, StringComparison.Ordinal);
        Assert.Equal(("a", 1), (file.Current.Rules[0].Id, file.Current.Version));
    }

    [Fact]
    public async Task Replace_FileGone_WritesItAnew()
    {
        Start(isLinked: false);
        await using var file = await RuleFile.OpenAsync(FilePath, Unwatched);
        File.Delete(FilePath);

        await file.ReplaceAsync(Rules("b"), expectedVersion: 1);

        Assert.Equal("b", RuleFileReader.Read(await File.ReadAllTextAsync(FilePath))[0].Id);
        Assert.Null(file.LastError);
    }

    [Fact]
    public async Task Replace_ManyAtOnceWithVersions_ExactlyOneOfEachVersionWins()
    {
        Start(isLinked: false);
        await using var file = await RuleFile.OpenAsync(FilePath, Watched(useNotices: true, usePoll: true));

        var wins = 0;
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            try
            {
                await file.ReplaceAsync(Rules(string.Create(CultureInfo.InvariantCulture, $"r{i}")), expectedVersion: 1);
                Interlocked.Increment(ref wins);
            }
            catch (RuleVersionConflictException)
            {
                // Somebody else was first.
            }
        })));

        Assert.Equal(1, wins);
        Assert.Equal(2, file.Current.Version);
        Assert.Equal(file.Current.Rules, RuleFileReader.Read(await File.ReadAllTextAsync(FilePath)));
    }

    [Fact]
    public async Task Dispose_Watching_StopsAndRefusesEdits()
    {
        Start(isLinked: false);
        var file = await RuleFile.OpenAsync(FilePath, Watched(useNotices: true, usePoll: true));

        await file.DisposeAsync();
        await file.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await file.ReplaceAsync(Rules("b")));
        Assert.Equal("a", file.Current.Rules[0].Id);
    }

    private static List<Rule> Rules(params string[] ids) =>
        [.. ids.Select(id => new Rule { Id = id, Limit = new GcraSpec(new Rate(1, TimeSpan.TicksPerSecond), 1) })];

    private static string Text(string id) => RuleFileWriter.Write(Rules(id));

    private static RuleFileOptions Watched(bool useNotices, bool usePoll) => new()
    {
        UseNotices = useNotices,
        PollInterval = usePoll ? TimeSpan.FromMilliseconds(50) : TimeSpan.FromHours(1),
    };

    private static (ChannelReader<RuleSet> Changes, ChannelReader<RuleFileReport> Reports) Listen(RuleFile file)
    {
        var changes = Channel.CreateUnbounded<RuleSet>();
        var reports = Channel.CreateUnbounded<RuleFileReport>();
        file.Changed += set => changes.Writer.TryWrite(set);
        file.Reported += report => reports.Writer.TryWrite(report);
        return (changes.Reader, reports.Reader);
    }

    private static async Task<T> Next<T>(ChannelReader<T> news, string what)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            return await news.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Expected {what} within {Patience.TotalSeconds} s, and there was no news.");
        }
    }

    /// <summary>The file with rule a; linked, as Kubernetes does it: rules.yaml to ..data/rules.yaml, and ..data to a folder.</summary>
    private void Start(bool isLinked)
    {
        if (!isLinked)
        {
            File.WriteAllText(FilePath, Text("a"));
            return;
        }

        Directory.CreateDirectory(_folder.File("..1"));
        File.WriteAllText(Path.Combine(_folder.File("..1"), "rules.yaml"), Text("a"));
        Directory.CreateSymbolicLink(_folder.File("..data"), "..1");
        File.CreateSymbolicLink(FilePath, Path.Combine("..data", "rules.yaml"));
    }

    private async Task EditAsync(string how, string text)
    {
        switch (how)
        {
            case "write":
                await File.WriteAllTextAsync(FilePath, text);
                break;
            case "truncate-then-write":
                await File.WriteAllTextAsync(FilePath, "");
                await File.WriteAllTextAsync(FilePath, text);
                break;
            case "symlink-swap":
                Directory.CreateDirectory(_folder.File("..2"));
                await File.WriteAllTextAsync(Path.Combine(_folder.File("..2"), "rules.yaml"), text);
                Directory.CreateSymbolicLink(_folder.File("..data_tmp"), "..2");

                // .NET has no call that renames one folder link over another; the moment without a link must not matter either.
                File.Delete(_folder.File("..data"));
                Directory.Move(_folder.File("..data_tmp"), _folder.File("..data"));
                break;
            case "link-rename":
                await File.WriteAllTextAsync(_folder.File("other.yaml"), text);
                File.CreateSymbolicLink(_folder.File("new-link"), "other.yaml");
                File.Move(_folder.File("new-link"), FilePath, overwrite: true);
                break;
            default:
                if (string.Equals(how, "delete-then-rename", StringComparison.Ordinal))
                {
                    File.Delete(FilePath);
                }

                await File.WriteAllTextAsync(_folder.File("rules.yaml.swp"), text);
                File.Move(_folder.File("rules.yaml.swp"), FilePath, overwrite: true);
                break;
        }
    }
}
