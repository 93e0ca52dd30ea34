using System.Net;
using System.Text.RegularExpressions;
using Throttle.Api.RuleFiles;
using Throttle.Tests.Api.Http;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.RuleFiles;

/// <summary>The rules that the documents show can be pasted into a file.</summary>
public sealed partial class DocumentedRulesTests
{
    public static TheoryData<string, string> Blocks()
    {
        var blocks = new TheoryData<string, string>();
        var documents = Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories);
        foreach (var path in documents.Prepend(Path.Combine(Repository.Root, "README.md")))
        {
            foreach (Match block in YamlBlock().Matches(File.ReadAllText(path)))
            {
                if (block.Groups[1].Value.Contains("algorithm:", StringComparison.Ordinal))
                {
                    blocks.Add(Path.GetRelativePath(Repository.Root, path), block.Groups[1].Value);
                }
            }
        }

        return blocks;
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Block_OfRules_CanBePasted(string document, string text)
    {
        const string head = "version: 1\nrules:\n";
        var file = text.StartsWith("version:", StringComparison.Ordinal) ? text
            : text.TrimStart().StartsWith('-') ? head + text
            : $"{head}  - id: {Path.GetFileNameWithoutExtension(document).ToLowerInvariant()}\n    {text.TrimEnd().ReplaceLineEndings("\n    ")}\n";

        Assert.NotEmpty(RuleFileReader.Read(file));
    }

    [Theory]
    [InlineData("/v1/queues/mail/42?id=job-1", "hello", HttpStatusCode.Accepted)]
    [InlineData("/v1/acquire", "{\"attributes\":{\"user\":\"42\",\"path\":\"/api/x\"}}", HttpStatusCode.OK)]
    public async Task Call_ThatTheDocumentsShow_IsAnsweredBySampleRules(string path, string body, HttpStatusCode status)
    {
        Assert.Contains(path, await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md")), StringComparison.Ordinal);
        await using var node = await TestNode.StartAsync(SampleRules.Text);

        using var response = await node.SendAsync(HttpMethod.Post, path, body);

        Assert.Equal(status, response.StatusCode);
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex YamlBlock();
}
