namespace Throttle.Core.Fields;

/// <summary>The faults found in a text so far, and the lines on which its fields stand.</summary>
public sealed class FieldFaults
{
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly List<(string Path, string Message, int Line)> _faults = [];
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);

    /// <summary>All faults, in the order of their lines.</summary>
    public IEnumerable<(string Path, string Message, int Line)> All => _faults.OrderBy(fault => fault.Line);

    /// <summary>Remembers the line of a path. The first line given for a path is kept.</summary>
    public void Place(string path, int line) => _lines.TryAdd(path, line);

    /// <summary>Adds a fault.</summary>
    /// <param name="path">The field, such as <c>rules[2].limit.capacity</c>; empty for the whole text.</param>
    /// <param name="line">The line, or 0 for the line of the path, or of the nearest path that encloses it.</param>
    /// <param name="message">One sentence with the value and the allowed range.</param>
    public void Add(string path, int line, string message)
    {
        _paths.Add(path);
        _faults.Add((path, message, line > 0 ? line : LineOf(path)));
    }

    /// <summary>Leaves out what a later check says of this path.</summary>
    public void Mute(string path) => _paths.Add(path);

    /// <summary>
    /// Adds the faults of a check of the values that were read, except for fields that could not be read: the check saw a
    /// stand-in for them.
    /// </summary>
    public void AddChecked(IEnumerable<(string Path, string Message)> faults)
    {
        var unread = _paths.ToHashSet(StringComparer.Ordinal);
        foreach (var (path, message) in faults.Where(fault => !unread.Contains(fault.Path)))
        {
            Add(path, 0, message);
        }
    }

    private int LineOf(string path)
    {
        while (!_lines.TryGetValue(path, out _))
        {
            var end = path.AsSpan().LastIndexOfAny('.', '[');
            if (end <= 0)
            {
                return _lines.GetValueOrDefault("", 1);
            }

            path = path[..end];
        }

        return _lines[path];
    }
}
