using Throttle.Core.Rules;

namespace Throttle.Api.RuleFiles;

/// <summary>
/// The rules of a file, watched: a good edit is in force within a second, a bad one changes nothing and is reported.
/// Without a path, rules in memory.
/// </summary>
public sealed class RuleFile : IRules, IAsyncDisposable
{
    private RuleFile(LocalRules rules, string? path)
    {
        _rules = rules;
        Path = path;
    }

    private readonly LocalRules _rules;

    /// <inheritdoc/>
    public event Action<RuleSet>? Changed
    {
        add => _rules.Changed += value;
        remove => _rules.Changed -= value;
    }

    /// <summary>Raised for each good edit of the file and each new fault, one at a time. A handler must not throw.</summary>
    public event Action<RuleFileReport>? Reported
    {
        add => throw new InvalidOperationException();
        remove => throw new InvalidOperationException();
    }

    /// <summary>The file, or null for rules in memory.</summary>
    public string? Path { get; }

    /// <inheritdoc/>
    public RuleSet Current => _rules.Current;

    /// <summary>What is wrong with the file as it is now, or null when it is what is in force.</summary>
    public Exception? LastError => null;

    /// <summary>Reads the file and watches it.</summary>
    /// <param name="path">The file, or null for <see cref="SampleRules"/> in memory.</param>
    /// <param name="options">How to watch; the defaults when null.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidRulesException">The file is faulty; all faults are listed with their lines.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Task<RuleFile> OpenAsync(
        string? path, RuleFileOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new InvalidOperationException(path);

    /// <summary>
    /// Writes the rules to the file, atomically, and puts them in force. An edit of the file that came in between is put in force first
    /// and counts as somebody else's.
    /// </summary>
    /// <exception cref="IOException">The file could not be written, or has a bad edit; nothing has changed.</exception>
    /// <inheritdoc/>
    public ValueTask<RuleSet> ReplaceAsync(
        IReadOnlyList<Rule> rules, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
        throw new InvalidOperationException();

    /// <summary>Looks at the file now. Returns when what it says is in force or reported.</summary>
    public Task CheckAsync(CancellationToken cancellationToken = default) => throw new InvalidOperationException();

    /// <summary>Stops watching.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
