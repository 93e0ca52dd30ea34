using System.Reflection;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <summary>The table of .NET's published cases says the truth: its tests are there, and what is not matched has a reason.</summary>
public sealed class PublishedTests
{
    public static TheoryData<string, string, string, string, string> Rows()
    {
        var rows = new TheoryData<string, string, string, string, string>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Limiters", "published.tsv")).Where(l => l.Length > 0 && l[0] != '#'))
        {
            var cells = line.Split('\t');
            rows.Add(cells[0], cells[1], cells[2], cells[3], cells[4]);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Case_IsATestOrHasAReason(string suite, string name, string outcome, string test, string reason)
    {
        var tests = typeof(PublishedTests).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(PublishedTests).Namespace && !type.IsAbstract)
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FactAttribute>() is { Skip: null })
            .Select(method => method.Name);
        var isTest = tests.Contains(test, StringComparer.Ordinal);
        Assert.True(
            outcome switch
            {
                "passes" => isTest && reason.Length == 0,
                "differs" => isTest && reason.Length > 0,
                "not" => test.Length == 0 && reason.Length > 0,
                _ => false,
            },
            $"{suite} {name}: {outcome} by '{test}', because '{reason}'.");
    }
}
