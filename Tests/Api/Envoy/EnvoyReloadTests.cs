using System.IO.Pipes;
using System.Text;
using Throttle.Api.Envoy;
using Throttle.Api.RuleFiles;
using Throttle.Tests.Api.RuleFiles;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Envoy;

public sealed class EnvoyReloadTests : IDisposable
{
    private const string One = "domain: one\ndescriptors: [{ key: k, rate_limit: { unit: minute, requests_per_unit: 1 } }]\n";
    private const string Two = "domain: two\ndescriptors: [{ key: k, rate_limit: { unit: minute, requests_per_unit: 2 } }]\n";

    private static readonly RuleFileOptions Unwatched = new() { IsWatched = false, SettleTime = TimeSpan.Zero };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Check_EditsOfAFolder_AreInForceOrReported()
    {
        await File.WriteAllTextAsync(_folder.File("a.yaml"), One);
        await File.WriteAllTextAsync(_folder.File(".hidden.yaml"), "not: [yaml");
        await File.WriteAllTextAsync(_folder.File("notes.txt"), "not: [yaml");
        await using var source = await EnvoyConfigSource.OpenAsync(new EnvoyOptions { ConfigPath = _folder.Path }, Unwatched);
        var news = new List<string>();
        source.Reported += (_, message) => news.Add(message);

        await File.WriteAllTextAsync(_folder.File("b.yml"), Two);
        await source.CheckAsync();
        Assert.True(source.Current.HasDomain("two"));
        await File.WriteAllTextAsync(_folder.File("b.yml"), "domain: one\n");
        await source.CheckAsync();
        await source.CheckAsync();
        Assert.True(source.Current.HasDomain("two"), "A bad edit changes nothing.");
        Assert.IsType<EnvoyConfigException>(source.LastError);
        await File.WriteAllTextAsync(_folder.File("b.yml"), Two);
        await source.CheckAsync();
        Assert.Null(source.LastError);
        File.Delete(_folder.File("b.yml"));
        await source.CheckAsync();
        Assert.False(source.Current.HasDomain("two"), "A file that is gone is no longer in force.");
        File.Delete(_folder.File("a.yaml"));
        await source.CheckAsync();
        Assert.True(source.Current.HasDomain("one"), "An empty folder changes nothing.");

        Assert.Equal(
        [
            "was read; 2 domains with 2 limits are in force.",
            $"is faulty; what was in force stays so.{Environment.NewLine}b.yml:1: duplicate domain 'one' in config file",
            "is again what is in force.",
            "was read; 1 domains with 1 limits are in force.",
            $"is faulty; what was in force stays so.{Environment.NewLine}The Envoy configuration '{_folder.Path}' cannot be read: the folder has no *.yaml or *.yml file.",
        ], news.Select(message => message[(message.IndexOf("' ", StringComparison.Ordinal) + 2)..]));
        Assert.Equal((3L, 2L), (source.Loads, source.Errors));
    }

    [UnixFact]
    public async Task Check_PipeInTheFolder_IsReportedAndHoldsNobodyUp()
    {
        await File.WriteAllTextAsync(_folder.File("a.yaml"), One);
        await using var source = await EnvoyConfigSource.OpenAsync(new EnvoyOptions { ConfigPath = _folder.Path }, Unwatched);
        await RuleFileTests.MakePipeAsync(_folder.File("b.yaml"));

        await source.CheckAsync();

        Assert.Contains("it is a pipe, which can be read once only", source.LastError!.Message, StringComparison.Ordinal);
        Assert.True(source.Current.HasDomain("one"));
        await Assert.ThrowsAsync<IOException>(() => EnvoyConfigSource.OpenAsync(new EnvoyOptions { ConfigPath = _folder.Path }, Unwatched));
    }

    [UnixFact]
    public async Task Open_Pipe_IsReadOnceAndNotWatched()
    {
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        var opening = EnvoyConfigSource.OpenAsync(new EnvoyOptions { ConfigPath = $"/dev/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}" });
        await pipe.WriteAsync(Encoding.UTF8.GetBytes(One));
        pipe.Close();

        await using var source = await opening;
        await source.CheckAsync();

        Assert.True(source.Current.HasDomain("one"));
        Assert.Null(source.LastError);
    }

    [Fact]
    public async Task Watch_FileAndFolder_AreReadAgainByThemselves()
    {
        await File.WriteAllTextAsync(_folder.File("a.yaml"), One);
        var options = new RuleFileOptions { PollInterval = TimeSpan.FromMilliseconds(20), SettleTime = TimeSpan.FromMilliseconds(1) };
        await using var file = await EnvoyConfigSource.OpenAsync(new EnvoyOptions { ConfigPath = _folder.File("a.yaml") }, options);
        await using var folder = await EnvoyConfigSource.OpenAsync(new EnvoyOptions { ConfigPath = _folder.Path }, options);
        await File.WriteAllTextAsync(_folder.File("next"), Two);
        File.Move(_folder.File("next"), _folder.File("a.yaml"), overwrite: true);
        await Eventually.IsTrueAsync(() => file.Current.HasDomain("two") && folder.Current.HasDomain("two"), "both say two");
        await File.WriteAllTextAsync(_folder.File("b.yaml"), One);
        await Eventually.IsTrueAsync(() => folder.Current.HasDomain("one"), "the folder says one, too");
        Assert.False(file.Current.HasDomain("one"));
    }

    [Fact]
    public async Task Reload_RaisedLimit_KeepsWhatWasCounted()
    {
        await using var node = await EnvoyTestNode.StartAsync([new("a.yaml", One)]);
        Assert.Equal(200, (await node.AskAsync(EnvoyTestNode.BodyOf("one: k=v"))).Status);
        Assert.Equal(429, (await node.AskAsync(EnvoyTestNode.BodyOf("one: k=v"))).Status);
        await File.WriteAllTextAsync(Path.Combine(node.Folder, "a.yaml"), One.Replace("requests_per_unit: 1", "requests_per_unit: 3", StringComparison.Ordinal));
        await Eventually.IsTrueAsync(
            async () => (await node.Node.Client.GetStringAsync("/rlconfig")).Contains("requests_per_unit=3", StringComparison.Ordinal), "the new limit is in force");
        var (status, answer) = await node.AskAsync(EnvoyTestNode.BodyOf("one: k=v"));
        Assert.Equal((200, 1), (status, answer.GetProperty("statuses")[0].GetProperty("limitRemaining").GetInt32()));
    }
}
