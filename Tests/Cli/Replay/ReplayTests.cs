using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Throttle.Core.Time;

namespace Throttle.Tests.Cli.Replay;

public sealed class ReplayTests : IDisposable
{
    private const string TwoAndOnePerSecond = """
        version: 1
        rules:
          - id: per-user
            key: [user]
            limit: { algorithm: token-bucket, capacity: 2, refill: 1/s }
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Replay_SmallRecording_AnswersExactly()
    {
        var (run, answers) = await ReplayAsync(TwoAndOnePerSecond, """
            {"at":100,"attributes":{"user":"a"}}
            {"at":100,"attributes":{"user":"a"}}
            {"at":100.25,"attributes":{"user":"a"}}
            {"at":100.9999999,"attributes":{"user":"a"}}
            {"at":101,"attributes":{"user":"a"}}
            {"at":101,"attributes":{"user":"b"}}
            {"at":101,"attributes":{}}
            """);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            """{"line":3,"allowed":false,"rule":"per-user","key":"a","limit":2,"remaining":0,"retryAfter":0.75,"resetAfter":1.75,"delay":0,"neverFits":false,"at":100.25,"rules":[{"rule":"per-user","key":"a","mode":"enforce","allowed":false,"limit":2,"remaining":0,"retryAfter":0.75,"resetAfter":1.75,"delay":0,"neverFits":false}]}""",
            answers.Split('\n')[2]);
        Assert.Equal(
            "1:True 2:True 3:False 4:False 5:True 6:True 7:True",
            Join(answers, answer => $"{answer.GetProperty("line")}:{answer.GetProperty("allowed").GetBoolean()}"));
        Assert.Equal("0.0000001", Parse(answers)[3].GetProperty("retryAfter").ToString());
        Assert.False(Parse(answers)[6].GetProperty("matched").GetBoolean());
        Assert.Contains("7 of 7 lines replayed", run.Output, StringComparison.Ordinal);
        Assert.Contains("7 requests: 5 allowed, 2 refused (28.6 %)", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 without a matching rule", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\n +per-user +4 +2 +0 +4 +33\.3 % *\n", run.Output);
        Assert.Matches(@"\n +a +per-user +2 +100\.0 % *\n", run.Output);
    }

    [Fact]
    public async Task Replay_LongPath_MatchesByItsEnd()
    {
        var line = $"203.0.113.1 - - [31/Jan/2017:09:44:00 +0100] \"GET /files/{new string('x', 5_000)}/delete HTTP/1.1\" 200 12\n";

        var (run, _) = await ReplayAsync(
            "version: 1\nrules: [{ id: deletes, match: { path: /files/**/delete }, limit: { algorithm: token-bucket, capacity: 1, refill: 1/h } }]\n",
            line + line);

        Assert.Contains("2 requests: 1 allowed, 1 refused", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_LinesOutOfOrder_AreSortedAndCounted()
    {
        var (run, answers) = await ReplayAsync(TwoAndOnePerSecond, """
            {"at":102,"attributes":{"user":"a"}}
            {"at":100,"attributes":{"user":"a"}}
            {"at":101,"attributes":{"user":"a"}}
            {"at":100,"attributes":{"user":"a"}}
            {"at":103,"attributes":{"user":"a"}}
            """);

        Assert.Equal("2 4 3 1 5", Join(answers, answer => answer.GetProperty("line").ToString()));
        Assert.Equal("100 100 101 102 103", Join(answers, answer => answer.GetProperty("at").ToString()));
        Assert.All(Parse(answers), answer => Assert.True(answer.GetProperty("allowed").GetBoolean()));
        Assert.Contains("3 out of order, sorted", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_UnreadableLines_AreCountedAndTheFirstShown()
    {
        var good = """{"at":1,"attributes":{"user":"a"}}""";
        var input = string.Join('\n', [good, "x1", "x2", "", "x3", "x4", "x5", "x6", good]);

        var (run, answers) = await ReplayAsync(TwoAndOnePerSecond, input);
        var (strict, _) = await ReplayAsync(TwoAndOnePerSecond, input, "--strict");

        Assert.Equal((0, 1), (run.ExitCode, strict.ExitCode));
        Assert.Equal("1 9", Join(answers, answer => answer.GetProperty("line").ToString()));
        Assert.Contains("2 of 9 lines replayed", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 blank", run.Output, StringComparison.Ordinal);
        Assert.Contains("6 lines could not be read:", run.Output, StringComparison.Ordinal);
        Assert.Contains("  line 2: not JSON, from byte 1 on", run.Output, StringComparison.Ordinal);
        Assert.Contains("  line 7: ", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("  line 8: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("  and 1 more", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_AllLinesReadable_IsStrictlyGood()
    {
        var (run, _) = await ReplayAsync(TwoAndOnePerSecond, """{"at":1,"attributes":{"user":"a"}}""", "--strict");

        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain("could not", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_EmptyInput_SaysSo()
    {
        var (run, answers) = await ReplayAsync(TwoAndOnePerSecond, "");

        Assert.Equal((0, ""), (run.ExitCode, answers));
        Assert.Contains("0 of 0 lines replayed", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_CostThatIsNoNumber_IsShownAndCounted()
    {
        var (run, answers) = await ReplayAsync(
            """
            version: 1
            rules:
              - id: bytes
                cost: bytes
                limit: { algorithm: fixed-window, limit: 100, window: 1m }
            """,
            """
            {"at":1,"attributes":{"bytes":60}}
            {"at":2,"attributes":{"bytes":"many"}}
            {"at":3,"attributes":{"bytes":60}}
            {"at":4,"attributes":{"bytes":40}}
            """,
            "--strict");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "1:True 3:False 4:True", Join(answers, answer => $"{answer.GetProperty("line")}:{answer.GetProperty("allowed").GetBoolean()}"));
        Assert.Contains("1 line could not be asked:", run.Output, StringComparison.Ordinal);
        Assert.Contains("line 2: Rule 'bytes': the cost attribute 'bytes' is 'many'", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\n +bytes +2 +1 +0 +100 +33\.3 % *\n", run.Output);
    }

    [Fact]
    public async Task Replay_Wait_IsReservedAndReportedAsDelay()
    {
        var (run, answers) = await ReplayAsync(TwoAndOnePerSecond, """
            {"at":1,"attributes":{"user":"a"},"cost":2}
            {"at":1,"attributes":{"user":"a"},"wait":"1s"}
            {"at":1,"attributes":{"user":"a"},"wait":"1s"}
            {"at":1.5,"attributes":{"user":"a"},"wait":1.5}
            """);

        Assert.Equal(
            "True+0 True+1 False+0 True+1.5",
            Join(answers, answer => $"{answer.GetProperty("allowed").GetBoolean()}+{answer.GetProperty("delay")}"));
        Assert.Contains("2 allowed after a wait", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_PeekAndReturn_DoNotTake()
    {
        var (run, answers) = await ReplayAsync(TwoAndOnePerSecond, """
            {"at":1,"attributes":{"user":"a"},"op":"peek","cost":2}
            {"at":1,"attributes":{"user":"a"},"cost":2}
            {"at":1,"attributes":{"user":"a"},"op":"peek"}
            {"at":1,"attributes":{"user":"a"},"op":"return"}
            {"at":1,"attributes":{"user":"a"}}
            {"at":1,"attributes":{"user":"a"}}
            """);

        Assert.Equal(
            "peek:True -:True peek:False return:True -:True -:False",
            Join(answers, answer =>
                $"{(answer.TryGetProperty("op", out var op) ? op.ToString() : "-")}:{answer.GetProperty("allowed").GetBoolean()}"));
        Assert.Contains("3 requests: 2 allowed, 1 refused (33.3 %)", run.Output, StringComparison.Ordinal);
        Assert.Contains("2 peeks, which take nothing", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 return\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_Leases_EndByReturnOrByThemselves()
    {
        var (run, answers) = await ReplayAsync(
            """
            version: 1
            rules:
              - id: reports
                key: [user]
                limit: { algorithm: concurrency, limit: 1, lease: 10s }
            """,
            """
            {"at":1,"attributes":{"user":"a","x":"1"}}
            {"at":2,"attributes":{"user":"a","x":"2"}}
            {"at":2,"attributes":{"user":"a","x":"2"},"wait":"5s"}
            {"at":3,"attributes":{"x":"1","user":"a"},"op":"return"}
            {"at":3,"attributes":{"user":"a","x":"2"}}
            {"at":12.9999999,"attributes":{"user":"a","x":"3"}}
            {"at":13,"attributes":{"user":"a","x":"3"}}
            """);

        Assert.Equal("True False False True True False True", Join(answers, answer => answer.GetProperty("allowed").ToString()));
        Assert.Contains("1 asked without their wait, at a rule of the kind concurrency", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_ShadowRule_IsCountedAndRefusesNobody()
    {
        var (run, answers) = await ReplayAsync(
            TwoAndOnePerSecond.Replace("key: [user]", "key: [user]\n    mode: shadow", StringComparison.Ordinal),
            string.Join('\n', Enumerable.Repeat("""{"at":1,"attributes":{"user":"a"}}""", 5)));

        Assert.Equal("True True True True True", Join(answers, answer => answer.GetProperty("allowed").ToString()));
        Assert.Matches(@"\n +per-user +2 +0 +3 +2 +60\.0 % *\n", run.Output);
        Assert.Matches(@"\n +a +per-user \(shadow\) +3 +100\.0 % *\n", run.Output);
    }

    [Fact]
    public async Task Replay_SeveralRules_CountPermitsOnlyWhereTheRequestPassed()
    {
        var (run, _) = await ReplayAsync(
            """
            version: 1
            rules:
              - id: all
                limit: { algorithm: fixed-window, limit: 100, window: 1m }
              - id: tight
                key: [user]
                limit: { algorithm: fixed-window, limit: 1, window: 1m }
            """,
            string.Join('\n', Enumerable.Repeat("""{"at":1,"attributes":{"user":"a"}}""", 4)));

        Assert.Matches(@"\n +all +4 +0 +0 +1 +0\.0 % *\n", run.Output);
        Assert.Matches(@"\n +tight +1 +3 +0 +1 +75\.0 % *\n", run.Output);
    }

    [Fact]
    public async Task Replay_Twice_IsTheSameByteForByte()
    {
        const int Seed = 1;
        var random = new Random(Seed);
        var input = string.Join('\n', Enumerable.Range(0, 3_000).Select(_ => string.Create(
            CultureInfo.InvariantCulture,
            $$$"""{"at":{{{random.Next(0, 400) / 4m}}},"attributes":{"user":"u{{{random.Next(60)}}}"},"cost":{{{random.Next(3)}}}}""")));

        var (first, answers) = await ReplayAsync(TwoAndOnePerSecond, input);
        var (second, again) = await ReplayAsync(TwoAndOnePerSecond, input);

        Assert.Equal(answers, again);
        Assert.Equal(first.Output, second.Output);
        Assert.Equal(3_000, Parse(answers).Count);
    }

    [Fact]
    public async Task Replay_InAnotherCulture_IsTheSameByteForByte()
    {
        const string Input = """{"at":1.5,"attributes":{"user":"a"},"cost":2}""" + "\n" + """{"at":1.75,"attributes":{"user":"a"}}""";
        var (run, answers) = await ReplayAsync(TwoAndOnePerSecond, Input);
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            var (there, answersThere) = await ReplayAsync(TwoAndOnePerSecond, Input);
            Assert.Equal(answers, answersThere);
            Assert.Equal(run.Output, there.Output);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public async Task Replay_ShuffledLines_GiveTheSameAnswers()
    {
        const int Seed = 2;
        var lines = Enumerable.Range(0, 500)
            .Select(i => $$$"""{"at":{{{i}}}.25,"attributes":{"user":"u{{{i % 3}}}"},"cost":{{{i % 4}}}}""")
            .ToArray();
        var (_, answers) = await ReplayAsync(TwoAndOnePerSecond, string.Join('\n', lines));
        new Random(Seed).Shuffle(lines);
        var (_, shuffled) = await ReplayAsync(TwoAndOnePerSecond, string.Join('\n', lines));

        Assert.Equal(WithoutLine(answers), WithoutLine(shuffled));

        static List<string> WithoutLine(string answers) =>
            [.. answers.Split('\n').Select(answer => answer[(answer.IndexOf(',', StringComparison.Ordinal) + 1)..])];
    }

    [Theory]
    [InlineData("input.gz")]
    [InlineData("input.log")]
    public async Task Replay_Gzip_IsReadWhateverItsName(string name)
    {
        const string Line = """1.2.3.4 - bo [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5""" + "\n";
        var path = _folder.PathOf(name);
        await using (var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(Line + Line + Line));
        }

        var run = await CommandRun.RunAsync("replay", "--rules", Rules(TwoAndOnePerSecond), path);

        Assert.Contains("3 requests: 2 allowed, 1 refused (33.3 %)", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(40)]
    public async Task Replay_GzipCutShort_GivesWhatIsThereAndSaysSo(int missing)
    {
        var path = _folder.PathOf("input.gz");
        await File.WriteAllBytesAsync(path, Gzip(string.Concat(Enumerable.Range(1, 200).Select(i =>
            $$$"""{"at":{{{i}}}.{{{i * 7919 % 1000:000}}},"attributes":{"user":"u{{{i * 104_729 % 9973}}}"}}""" + "\n")))[..^missing]);

        var run = await CommandRun.RunAsync("replay", "--rules", Rules(TwoAndOnePerSecond), path);
        var strict = await CommandRun.RunAsync("replay", "--rules", Rules(TwoAndOnePerSecond), path, "--strict");

        Assert.Equal((0, 1), (run.ExitCode, strict.ExitCode));
        Assert.Contains("The compressed file ends early, in line ", run.Output, StringComparison.Ordinal);
        Assert.Matches(missing < 40 ? "200 of 200 lines replayed" : @"1[0-9][0-9] of 1[0-9][0-9] lines replayed", run.Output);
    }

    [Fact]
    public async Task Replay_GzipOfSeveralMembers_IsWhole()
    {
        var path = _folder.PathOf("input.gz");
        var member = Gzip("""{"at":1,"attributes":{"user":"a"}}""" + "\n");
        await File.WriteAllBytesAsync(path, [.. member, .. member]);

        var run = await CommandRun.RunAsync("replay", "--rules", Rules(TwoAndOnePerSecond), path, "--strict");

        Assert.True(run.ExitCode == 0, run.Error + run.Output);
        Assert.Contains("2 of 2 lines replayed", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("28B52FFD0458", "zstd", "zstd -dc")]
    [InlineData("FD377A585A00", "xz", "xz -dc")]
    [InlineData("425A68393141", "bzip2", "bzip2 -dc")]
    [InlineData("04224D186440", "lz4", "lz4 -dc")]
    [InlineData("1F9D9048CAB0", "compress (.Z)", "gzip -dc")]
    [InlineData("504B03041400", "zip", "unzip -p")]
    [InlineData("FFFE7B002200", "UTF-16", "iconv -f UTF-16 -t UTF-8")]
    [InlineData("FEFF007B0022", "UTF-16", "iconv -f UTF-16 -t UTF-8")]
    [InlineData("7B0022006100", "UTF-16LE", "iconv -f UTF-16LE -t UTF-8")]
    [InlineData("007B00220061", "UTF-16BE", "iconv -f UTF-16BE -t UTF-8")]
    public async Task Replay_OtherKindsOfFiles_AreNamedWithTheCommandThatReadsThem(string head, string kind, string command)
    {
        var bytes = Convert.FromHexString(head);
        var plain = _folder.PathOf("plain.log");
        var packed = _folder.PathOf("packed.gz");
        await File.WriteAllBytesAsync(plain, bytes);
        await File.WriteAllBytesAsync(packed, Gzip(bytes));

        foreach (var path in (string[])[plain, packed])
        {
            var run = await CommandRun.RunAsync("replay", "--rules", Rules(TwoAndOnePerSecond), path);

            Assert.Equal((1, ""), (run.ExitCode, run.Output));
            Assert.StartsWith($"throttle: '{path}' is ", run.Error, StringComparison.Ordinal);
            Assert.Contains($" {kind}", run.Error, StringComparison.Ordinal);
            Assert.Contains($"{command} '{path}' | throttle replay", run.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("#Fields: date time c-ip", "combined", "no 'ident user [time]' after the host")]
    [InlineData("https 2026-01-01T00:00:00Z app/x", "alb", "ends $")]
    [InlineData("""{"EdgeResponseStatus":200}""", "cloudflare", "EdgeStartTimestamp")]
    [InlineData("""{"remote_addr":"192.0.2.1"}""", "nginx-json", "time_local")]
    [InlineData("""{"user":"a"}""", "jsonl", "the field 'user' is not known")]
    public async Task Replay_LogOfWhichNothingCanBeRead_IsAnErrorThatShowsALine(string line, string format, string reason)
    {
        var (run, _) = await ReplayAsync(TwoAndOnePerSecond, $"{line}\n{line}\n");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"no line can be read. Line 1 looks like this: {line}", run.Error, StringComparison.Ordinal);
        Assert.Contains($"the format {format} most", run.Error, StringComparison.Ordinal);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_OtherFormatThanTheGivenOne_IsAnErrorThatNamesIt()
    {
        var (run, _) = await ReplayAsync(TwoAndOnePerSecond, """{"at":1,"attributes":{"user":"a"}}""", "--format", "combined");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("It has the format jsonl; use --format jsonl.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_FirstLineDamaged_GoesByTheNextOne()
    {
        var (run, _) = await ReplayAsync(TwoAndOnePerSecond, "HTTP/1.1\" 200 5\n" + """{"at":1,"attributes":{"user":"a"}}""");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 of 2 lines replayed", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_DamagedGzip_IsOneClearLine()
    {
        var path = _folder.PathOf("input.gz");
        await File.WriteAllBytesAsync(path, [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7]);

        var run = await CommandRun.RunAsync("replay", "--rules", Rules(TwoAndOnePerSecond), path);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"throttle: '{path}' is damaged: ", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Replay_StandardInputAndOutput_KeepTheReportApart()
    {
        var run = await CommandRun.RunAsync(
            Encoding.UTF8.GetBytes("""{"at":1,"attributes":{"user":"a"}}"""),
            TimeProvider.System,
            "replay", "--rules", Rules(TwoAndOnePerSecond), "-", "--out", "-");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("1", Join(run.Output, answer => answer.GetProperty("line").ToString()));
        Assert.Contains("1 of 1 line replayed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_OutOverItsInput_IsRefusedAndLeavesItAlone()
    {
        var input = _folder.Write("input.jsonl", """{"at":1,"attributes":{}}""");

        var run = await CommandRun.RunAsync("replay", "--rules", Rules(TwoAndOnePerSecond), input, "--out", input);

        Assert.Equal((1, $"throttle: --out is '{input}', which is read; name another file.\n"), (run.ExitCode, run.Error));
        Assert.Equal("""{"at":1,"attributes":{}}""", await File.ReadAllTextAsync(input));
    }

    [Fact]
    public async Task Replay_FormatGiven_IsNotGuessed()
    {
        const string Line = """{"at":1,"attributes":{"user":"a"}}""";
        var (asLog, _) = await ReplayAsync(TwoAndOnePerSecond, Line, "--format", "combined");
        var (asJson, _) = await ReplayAsync(TwoAndOnePerSecond, Line, "--format", "jsonl");

        Assert.Contains("1 line could not be read:", asLog.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 line replayed", asJson.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_Top_LimitsTheKeysAndBreaksTiesByName()
    {
        var input = string.Join('\n', new[] { "d", "b", "c", "a", "d" }.Select(user =>
            $$$"""{"at":1,"attributes":{"user":"{{{user}}}"},"cost":3}"""));

        var (run, _) = await ReplayAsync(TwoAndOnePerSecond, input, "--top", "3");
        var (none, _) = await ReplayAsync(TwoAndOnePerSecond, input, "--top", "0");

        Assert.Matches(@"(?s)\n +d +per-user +2 +40\.0 % *\n +a +per-user +1 .*\n +b +per-user +1 ", run.Output);
        Assert.DoesNotMatch(@"\n +c +per-user", run.Output);
        Assert.DoesNotContain("Most refused keys", none.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_KeyWithControlCharacters_CannotDriveTheTerminal()
    {
        var (run, _) = await ReplayAsync(
            TwoAndOnePerSecond, """{"at":1,"attributes":{"user":"\u001b[31mred[/]"},"cost":3}""");

        Assert.DoesNotContain('\u001b', run.Output);
        Assert.Contains("?[31mred[/]", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_Speed_FollowsTheRealClock()
    {
        var clock = new VirtualTimeProvider(DateTimeOffset.UnixEpoch);
        var input = _folder.Write("input.jsonl", """
            {"at":100,"attributes":{"user":"a"}}
            {"at":130,"attributes":{"user":"a"}}
            """);
        var run = CommandRun.RunAsync(
            [], clock, "replay", "--rules", Rules(TwoAndOnePerSecond), input, "--out", _folder.PathOf("out"), "--speed", "10x");

        await WaitForTimerAsync(clock);
        Assert.Single((await File.ReadAllTextAsync(_folder.PathOf("out"))).TrimEnd().Split('\n'));
        clock.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
        Assert.False(run.IsCompleted, "The second line is due after 3 s at ten times the speed; it was replayed before.");
        clock.Advance(TimeSpan.FromTicks(1));

        Assert.Contains("2 of 2 lines replayed", (await run.WaitAsync(TimeSpan.FromMinutes(1))).Output, StringComparison.Ordinal);
    }

    [RealLogFact]
    public async Task Replay_RealLog_ComesToWhatAnIndependentCountCameTo()
    {
        var rules = Rules("""
            version: 1
            rules:
              - id: per-ip
                key: [ip]
                limit: { algorithm: token-bucket, capacity: 20, refill: 1/s }
              - id: bytes-per-ip
                key: [ip]
                cost: bytes
                mode: shadow
                limit: { algorithm: token-bucket, capacity: 20000000, refill: 100000/s }
              - id: presentations
                match: { path: /presentations/**, method: GET }
                key: [ip]
                limit: { algorithm: fixed-window, limit: 30, window: 1m }
            """);

        var run = await CommandRun.RunAsync(
            "replay", "--rules", rules, RealLogFactAttribute.LogPath, "--out", _folder.PathOf("out"));

        Assert.Contains("10,000 of 10,000 lines replayed", run.Output, StringComparison.Ordinal);
        Assert.Contains("2015-05-17 10:05:00 to 2015-05-20 21:05:59 UTC", run.Output, StringComparison.Ordinal);
        Assert.Contains("10,000 requests: 9,611 allowed, 389 refused (3.9 %)", run.Output, StringComparison.Ordinal);
        Assert.Contains("9,448 out of order, sorted", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 cut off behind the request, which counts", run.Output, StringComparison.Ordinal);
        Assert.Contains("  line 8471: the path is '/presentations/vim/%094', which holds a control ", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\n +per-ip +10,000 +0 +0 +9,611 +0\.0 % *\n", run.Output);
        Assert.Matches(@"\n +bytes-per-ip +9,956 +0 +44 +509,691,779 +0\.4 % *\n", run.Output);
        Assert.Matches(@"\n +presentations +1,915 +389 +0 +1,915 +16\.9 % *\n", run.Output);
        Assert.Matches(@"\n +75\.97\.9\.59 +presentations +146 +37\.5 % *\n", run.Output);
        Assert.Equal(10_000, File.ReadLines(_folder.PathOf("out")).Count());
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80, $"'{line}' is wider than 80 columns."));
    }

    private static async Task WaitForTimerAsync(VirtualTimeProvider clock)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (clock.TimerCount == 0)
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(deadline) < TimeSpan.FromMinutes(1),
                "Replaying at 10x: after the first line a timer for the second was expected within a minute.");
            await Task.Yield();
        }
    }

    private static byte[] Gzip(string text) => Gzip(Encoding.UTF8.GetBytes(text));

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private static string Join(string answers, Func<JsonElement, string> show) => string.Join(' ', Parse(answers).Select(show));

    private static List<JsonElement> Parse(string answers) =>
        [.. answers.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private string Rules(string yaml) => _folder.Write("rules.yaml", yaml);

    private async Task<(CommandRun Run, string Answers)> ReplayAsync(string rules, string input, params string[] more)
    {
        var output = _folder.PathOf("out.jsonl");
        var run = await CommandRun.RunAsync(
            ["replay", "--rules", Rules(rules), _folder.Write("input.jsonl", input), "--out", output, .. more]);
        return (run, File.Exists(output) ? await File.ReadAllTextAsync(output) : "");
    }
}
