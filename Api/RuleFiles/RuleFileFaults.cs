using Throttle.Core.Rules;

namespace Throttle.Api.RuleFiles;

/// <summary>The faults of a file so far, and where in it each path stands.</summary>
internal sealed class RuleFileFaults
{
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly List<RuleFault> _faults = [];
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _faults.Count == 0;

    /// <summary>Says on which line a path stands; the first word counts.</summary>
    public void Place(string path, int line) => _lines.TryAdd(path, line);

    /// <summary>Adds a fault; without a line it is that of the path, or of the nearest that encloses it.</summary>
    public void Add(string path, int line, string message)
    {
        _paths.Add(path);
        _faults.Add(new RuleFault(path, message, line > 0 ? line : LineOf(path)));
    }

    /// <summary>Leaves the validator's faults of this path out.</summary>
    public void Mute(string path) => _paths.Add(path);

    /// <summary>Adds the validator's faults, except for fields that could not be read: there it saw a stand-in.</summary>
    public void AddOfValidator(IEnumerable<RuleFault> faults)
    {
        var unread = _paths.ToHashSet(StringComparer.Ordinal);
        foreach (var fault in faults.Where(fault => !unread.Contains(fault.Path)))
        {
            Add(fault.Path, 0, fault.Message);
        }
    }

    /// <summary>Throws when there are any, in the order of the lines.</summary>
    public void ThrowIfAny()
    {
        if (!IsEmpty)
        {
            throw new InvalidRulesException([.. _faults.OrderBy(fault => fault.Line)]);
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
