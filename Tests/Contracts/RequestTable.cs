using System.Text.RegularExpressions;

namespace Throttle.Tests.Contracts;

/// <summary>Requests as they are written, and the attributes that every front makes of them: <c>requests.tsv</c>.</summary>
internal static class RequestTable
{
    /// <summary>The cell of a request that is refused.</summary>
    public const string Refused = "-";

    /// <summary>Rows: the attribute's name, what is written, and what a front makes of it.</summary>
    /// <param name="seesApplication">Whether the front reads paths as the application does.</param>
    public static TheoryData<string, string, string> Rows(bool seesApplication)
    {
        var rows = new TheoryData<string, string, string>();
        var lines = File.ReadLines(Path.Combine(Repository.Root, "Tests", "Contracts", "requests.tsv")).Where(line => line[0] != '#').Skip(1);
        foreach (var cells in lines.Select(line => line.Split('\t')))
        {
            rows.Add(cells[0], Regex.Unescape(cells[1]), Regex.Unescape(seesApplication && cells[3] != "=" ? cells[3] : cells[2]));
        }

        return rows;
    }
}
