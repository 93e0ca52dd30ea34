using System.Globalization;
using System.Text;
using Throttle.Core.Rules;

namespace Throttle.Api.RuleFiles;

/// <summary>
/// The rules of a file, watched: a good edit is in force within a second, a bad one changes nothing and is reported.
/// Without a path, rules in memory. Safe from any number of threads.
/// </summary>
/// <remarks>
/// <para>The version starts at 1 and grows by one whenever other rules come into force. An edit that leaves the rules as they are,
/// of a comment for example, keeps it.</para>
/// <para>The file may be written in place, replaced by renaming, or reached through symbolic links that are swapped. A file that
/// disappears keeps its last rules in force and is reported. Contents are compared, so a touched file is no edit.</para>
/// <para>Handlers of the events run one at a time; they must not throw and must not wait for an edit.</para>
/// </remarks>
public sealed partial class RuleFile : IRules, IAsyncDisposable
{
    private readonly LocalRules _rules;
    private readonly RuleFileOptions _options;
    private readonly SemaphoreSlim _gate = new(1);
    private FileWatch? _watch;
    private volatile Exception? _lastError;
    private string _markInForce;
    private string _markSeen;
    private int _isDisposed;

    private RuleFile(IReadOnlyList<Rule> rules, string? path, string mark, RuleFileOptions options)
    {
        _rules = new LocalRules(rules);
        _options = options;
        _markInForce = _markSeen = mark;
        Path = path;
    }

    /// <inheritdoc/>
    public event Action<RuleSet>? Changed
    {
        add => _rules.Changed += value;
        remove => _rules.Changed -= value;
    }

    /// <summary>Raised for each good edit of the file by others, each new fault in it, and when a fault is gone.</summary>
    public event Action<RuleFileReport>? Reported;

    /// <summary>The file's full path, or null for rules in memory, as those that came through a pipe.</summary>
    public string? Path { get; }

    /// <inheritdoc/>
    public RuleSet Current => _rules.Current;

    /// <summary>
    /// What is wrong with the file as it was last seen: <see cref="InvalidRulesException"/> or <see cref="IOException"/>; null
    /// when it is what is in force.
    /// </summary>
    public Exception? LastError => _lastError;

    /// <summary>The path of the former file's copy, where the last edit could not keep its comments; null where it kept them.</summary>
    public string? KeptPath { get; private set; }

    /// <summary>Reads the file and watches it.</summary>
    /// <param name="path">
    /// The file, or null for <see cref="SampleRules"/> in memory. A pipe is read once, to its end, and not watched; its rules are in memory.
    /// </param>
    /// <param name="options">How to watch; the defaults when null.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidRulesException">The file is faulty; all faults are listed with their lines.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static async Task<RuleFile> OpenAsync(
        string? path, RuleFileOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new RuleFileOptions();
        options.Check();
        if (path is null)
        {
            return new RuleFile(RuleFileReader.Read(SampleRules.Text), null, "", options);
        }

        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        path = System.IO.Path.GetFullPath(path);
        var content = await RuleFileContent.ReadAsync(path, cancellationToken, mayBePipe: true).ConfigureAwait(false);
        if (content.IsPipe)
        {
            // It is read once: there is nothing to watch, and nothing to write to.
            return new RuleFile(content.Parse(), null, "", options);
        }

        var file = new RuleFile(content.Parse(), path, content.Mark, options);
        if (options.IsWatched)
        {
            file._watch = file.Watch(path);
        }

        return file;
    }

    /// <summary>
    /// Writes the rules to the file, atomically, and puts them in force. An edit of the file that others made in between is
    /// put in force first and counts: then <paramref name="expectedVersion"/> no longer fits. The comments of the file are kept,
    /// but for those of rules that go. Where they cannot be, since the file is not written rule by rule or is faulty, the old file is
    /// kept beside the new one, with <c>.1</c> after its name, and <see cref="KeptPath"/> says so.
    /// </summary>
    /// <param name="rules">The new rules, in order.</param>
    /// <param name="expectedVersion">
    /// The version they were edited from. Null overwrites whatever is there, also a faulty edit of the file that is not in force.
    /// </param>
    /// <param name="cancellationToken">Stops before anything has changed.</param>
    /// <exception cref="InvalidRulesException">The rules are faulty; all faults are listed.</exception>
    /// <exception cref="RuleVersionConflictException">Somebody else was first.</exception>
    /// <exception cref="IOException">
    /// The file could not be written, or has a faulty edit that would be lost. The message gives the reason; nothing has changed.
    /// </exception>
    public async ValueTask<RuleSet> ReplaceAsync(
        IReadOnlyList<Rule> rules, long? expectedVersion = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        var faults = RuleValidator.Validate(rules);
        if (faults.Count > 0)
        {
            throw new InvalidRulesException(faults);
        }

        if (Path is null)
        {
            return _rules.Replace(rules, expectedVersion);
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await CheckHoldingGateAsync(Path, cancellationToken).ConfigureAwait(false);
            CheckVersion(expectedVersion);
            var bytes = await ToBytesAsync(rules, Path, cancellationToken).ConfigureAwait(false);
            await AtomicFile.WriteAsync(Path, bytes, cancellationToken).ConfigureAwait(false);
            _markInForce = _markSeen = RuleFileContent.Of(bytes).Mark;
            _lastError = null;
            return _rules.Replace(rules);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Looks at the file now. Completes when what it says is in force or reported.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken = default)
    {
        if (Path is null)
        {
            return;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await CheckHoldingGateAsync(Path, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Looks at the file now, and says how it stands; null for rules in memory.</summary>
    public async Task<string?> DescribeAsync(CancellationToken cancellationToken = default)
    {
        await CheckAsync(cancellationToken).ConfigureAwait(false);
        var state = LastError is null ? "was read" : "is faulty or missing";
        return Path is null
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"The rule file '{Path}' {state}; version {Current.Version} with {Current.Rules.Length} rules is in force.");
    }

    /// <summary>Stops watching. The last rules stay in <see cref="Current"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        if (_watch is not null)
        {
            await _watch.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The new contents. Where they lose comments the old ones are written beside the file first.</summary>
    private async Task<byte[]> ToBytesAsync(IReadOnlyList<Rule> rules, string path, CancellationToken cancellationToken)
    {
        var old = await RuleFileContent.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        var text = old.TryText();
        var edited = text is null ? null : RuleFileEdit.Apply(text, rules);
        var bytes = ToBytes(edited ?? RuleFileWriter.Write(rules));
        KeptPath = null;
        if (edited is null && old.Bytes is { Length: > 0 } lost && (text is null || RuleFileEdit.HasComments(text)))
        {
            await AtomicFile.WriteAsync($"{path}.1", lost, cancellationToken).ConfigureAwait(false);
            KeptPath = $"{path}.1";
        }

        return bytes;
    }

    private static byte[] ToBytes(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length <= RuleFileReader.MaxBytes
            ? bytes
            : throw new InvalidRulesException(
                [new RuleFault("rules", $"The rules need {bytes.Length} bytes as a file; use at most {RuleFileReader.MaxBytes}.")]);
    }

    private void CheckVersion(long? expectedVersion)
    {
        if (expectedVersion is not { } expected)
        {
            return;
        }

        if (expected != Current.Version)
        {
            throw new RuleVersionConflictException(expected, Current.Version);
        }

        if (_lastError is InvalidRulesException)
        {
            throw new IOException(
                $"The rule file '{Path}' has a faulty edit that would be lost; mend it, or replace it without naming a version. {_lastError.Message}");
        }
    }

    private async Task CheckHoldingGateAsync(string path, CancellationToken cancellationToken)
    {
        var content = await FileWatch.ReadSettledAsync(
            token => RuleFileContent.ReadAsync(path, token), read => read.Mark, _markSeen, _options, cancellationToken).ConfigureAwait(false);
        if (content is not null)
        {
            Judge(content);
        }
    }

    private void Judge(RuleFileContent content)
    {
        _markSeen = content.Mark;
        if (string.Equals(content.Mark, _markInForce, StringComparison.Ordinal))
        {
            Report(null, "is again what is in force");
            return;
        }

        IReadOnlyList<Rule> rules;
        try
        {
            rules = content.Parse();
        }
        catch (Exception e) when (e is InvalidRulesException or IOException)
        {
            Report(e, string.Create(CultureInfo.InvariantCulture, $"is faulty; version {Current.Version} stays in force"));
            return;
        }

        _markInForce = content.Mark;
        if (!rules.SequenceEqual(Current.Rules))
        {
            _rules.Replace(rules);
        }

        Report(null, string.Create(CultureInfo.InvariantCulture, $"was read; version {Current.Version} with {rules.Count} rules is in force"));
    }

    private void Report(Exception? error, string news)
    {
        _lastError = error;
        var message = $"The rule file '{Path}' {news}.";
        Reported?.Invoke(new RuleFileReport(Current, error, error is null ? message : $"{message}{Environment.NewLine}{error.Message}"));
    }
}
