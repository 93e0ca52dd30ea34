using System.Globalization;
using System.Text;
using Throttle.Cli.Replay;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cli.Replay;

public sealed class FormatTests : IDisposable
{
    private const string Rules = """
        version: 1
        rules:
          - id: r
            key: [ip]
            limit: { algorithm: token-bucket, capacity: 2, refill: 1/s }
        """;

    private static readonly ReplayFormats Formats = new(new RequestForm());

    private readonly TempFolder _folder = new();

    /// <summary>Format, line, instant and attributes.</summary>
    public static TheoryData<string, string, string, string> Lines
    {
        get
        {
            var rows = new TheoryData<string, string, string, string>();
            var path = Path.Combine(Repository.Root, "Tests", "Cli", "Replay", "formats.tsv");
            foreach (var cells in File.ReadLines(path).Where(line => line[0] != '#').Skip(1).Select(line => line.Split('\t')))
            {
                rows.Add(cells[0], cells[1], cells[2], cells[3]);
            }

            return rows;
        }
    }

    public static TheoryData<string, string, string> Requests => RequestTable.Rows(seesApplication: false);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Lines))]
    public void Read_ProvidersLine_GivesItsInstantAndAttributes(string name, string line, string at, string attributes)
    {
        var isPattern = name.Contains('$', StringComparison.Ordinal);
        var format = isPattern ? PatternFormat.Parse(name, Formats.Form) : Formats.Find(name)!;
        var bytes = Encoding.UTF8.GetBytes(line);

        Assert.True(format.TryReadInstant(bytes, out var instant, out var fault), fault);
        var entry = format.Read(bytes);

        Assert.Equal(DateTimeOffset.Parse(at, CultureInfo.InvariantCulture).UtcTicks, instant);
        Assert.Equal(instant, entry.At);
        Assert.Equal(
            attributes.Split(' ').Order(StringComparer.Ordinal),
            entry.Request.Attributes.Select(pair => $"{pair.Name}={pair.Value.Replace(' ', '_')}").Order(StringComparer.Ordinal));
        Assert.Equal(line.EndsWith("cut o", StringComparison.Ordinal), entry.IsCutOff);
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void Guess_ProvidersLine_FindsItsFormat(string name, string line, string at, string attributes)
    {
        _ = (at, attributes);
        if (!name.Contains('$', StringComparison.Ordinal))
        {
            Assert.Equal(name, Formats.Guess(Encoding.UTF8.GetBytes(line))?.Name);
        }
    }

    /// <summary>A request that forward auth answers with 400 reaches no rule. A client without an address stays unknown.</summary>
    [Theory]
    [MemberData(nameof(Requests))]
    public void Attribute_HoweverItIsWritten_IsInTheNormalFormOfEveryFront(string part, string written, string expected)
    {
        var format = PatternFormat.Parse("$msec\t$remote_addr\t$host\t$request_method\t$request_uri", Formats.Form);
        var (ip, host, method, path) = part switch
        {
            "ip" => (written, "-", "-", "-"),
            "host" => ("-", written, "-", "-"),
            "method" => ("-", "-", written, "-"),
            _ => ("-", "-", "-", written),
        };
        var line = Encoding.UTF8.GetBytes($"1\t{ip}\t{host}\t{method}\t{path.Replace("\\", "\\\\", StringComparison.Ordinal)}");

        var isRead = format.TryReadInstant(line, out _, out var fault);

        if (expected == RequestTable.Refused || (expected == "127.0.0.1" && part == "ip"))
        {
            var read = isRead ? format.Read(line) : default;
            Assert.True(!isRead || read.PathFault is not null || read.Request.Attributes.Find(part) is null or "unknown", part);
            return;
        }

        Assert.True(isRead, fault);
        Assert.Null(format.Read(line).PathFault);
        Assert.Equal(expected, format.Read(line).Request.Attributes.Find(part) ?? "");
    }

    [Theory]
    [InlineData("plain", "--format is 'plain'; use auto, combined,")]
    [InlineData("$remote_addr \"$request\"", "the pattern tells no time")]
    [InlineData("$remote_addr$time_local", "nothing stands between $remote_addr and the variable behind it")]
    [InlineData("$time_local $", "at character 13 a $ has no name")]
    [InlineData("${time_local $status", "at character 1 a $ has no name")]
    public async Task Format_ThatIsNone_IsAFault(string format, string fault)
    {
        var run = await RunAsync("", "--format", format);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(fault, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_FieldsByName_AreReadFromAnyJson()
    {
        var run = await RunAsync(
            """
            {"ts":1772352000.25,"request":{"client":"192.0.2.1:80","url":"/%61?b","headers":{"User-Agent":["curl"]}},"a.b":1}
            {"ts":"2026-03-01T08:00:01Z","request":{"client":"192.0.2.1"}}
            {"ts":1772352000251,"request":{"client":"192.0.2.1"}}
            {"request":{"client":"192.0.2.1"}}
            """,
            "--at", "ts", "--attribute", "ip=request.client", "-a", "path=request.url", "-a", "agent=request.headers.User-Agent");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("3 requests: 2 allowed, 1 refused", run.Output, StringComparison.Ordinal);
        Assert.Contains("  line 4: no time in ts", run.Output, StringComparison.Ordinal);
        Assert.Matches("192\\.0\\.2\\.1 +r +1", run.Output);
    }

    [Theory]
    [InlineData("--attribute goes with --at", "-a", "ip=x")]
    [InlineData("--attribute is 'ip'; use NAME=FIELD", "--at", "t", "-a", "ip")]
    [InlineData("--at and --attribute are for JSON lines", "--at", "t", "--format", "combined")]
    [InlineData("--encoded-slash is 'x'; use refuse, keep, split.", "--encoded-slash", "x")]
    [InlineData("--path-case is 'x'; use keep, ignore.", "--path-case", "x")]
    public async Task Options_ThatDoNotFit_AreAFault(string fault, params string[] options)
    {
        var run = await RunAsync("", options);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(fault, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/LOGIN/", "0 without", "--path-case", "ignore", "--last-slash", "ignore")]
    [InlineData("/LOGIN/", "1 without", "--path-case", "ignore")]
    [InlineData("/x%2Flogin", "0 without", "--encoded-slash", "split")]
    [InlineData("/x%2Flogin", "1 without", "--encoded-slash", "keep")]
    public async Task Replay_AsTheApplicationReadsPaths_MatchesItsRules(string path, string unmatched, params string[] options)
    {
        var rules = Rules.Replace("key: [ip]", "match: { path: [/login, /x/login] }\n    key: [ip]", StringComparison.Ordinal);

        var run = await RunAsync(rules, $"192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET {path} HTTP/1.1\" 200 5", options);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(unmatched.StartsWith('1'), run.Output.Contains("1 without a matching rule", StringComparison.Ordinal));
    }

    private Task<CommandRun> RunAsync(string input, params string[] options) => RunAsync(Rules, input, options);

    private Task<CommandRun> RunAsync(string rules, string input, string[] options) =>
        CommandRun.RunAsync(["replay", "--rules", _folder.Write("rules.yaml", rules), _folder.Write("input.log", input), .. options]);
}
