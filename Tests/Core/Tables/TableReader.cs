namespace Throttle.Tests.Core.Tables;

/// <summary>Reads the tables beside it: tab-separated, the first line that is no comment names the columns, # starts a comment line.</summary>
internal static class TableReader
{
    /// <summary>The rows of a table, each by column name, in order.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Read(string name)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Tables", name);
        string[]? columns = null;
        var rows = new List<IReadOnlyDictionary<string, string>>();
        foreach (var line in File.ReadLines(path).Where(l => l.Length > 0 && l[0] != '#'))
        {
            var cells = line.Split('\t');
            if (columns is null)
            {
                columns = cells;
                continue;
            }

            if (cells.Length != columns.Length)
            {
                throw new FormatException($"{name}: a row has {cells.Length} cells for {columns.Length} columns: {line}");
            }

            rows.Add(columns.Zip(cells).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal));
        }

        return rows;
    }

    /// <summary>A case and a row number within it, for each row: a row is tried after those of its case before it.</summary>
    public static TheoryData<string, int> Rows(string name)
    {
        var data = new TheoryData<string, int>();
        foreach (var rows in Read(name).GroupBy(r => r["case"], StringComparer.Ordinal))
        {
            for (var row = 0; row < rows.Count(); row++)
            {
                data.Add(rows.Key, row);
            }
        }

        return data;
    }
}
