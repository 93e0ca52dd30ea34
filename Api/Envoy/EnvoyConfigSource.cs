using System.Globalization;
using Throttle.Api.RuleFiles;

namespace Throttle.Api.Envoy;

/// <summary>
/// A configuration in a file or a folder, watched: a good edit is in force within a second, a bad one changes nothing and is
/// reported. Safe from any number of threads.
/// </summary>
internal sealed class EnvoyConfigSource : IAsyncDisposable
{
    private readonly EnvoyOptions _envoy;
    private readonly RuleFileOptions _options;
    private readonly string _path;
    private readonly SemaphoreSlim _gate = new(1);
    private FileWatch? _watch;
    private volatile EnvoyConfig _current;
    private volatile Exception? _lastError;
    private string _markInForce;
    private string _markSeen;
    private long _loads = 1;
    private long _errors;

    private EnvoyConfigSource(EnvoyOptions envoy, RuleFileOptions options, EnvoyConfig config, string mark)
    {
        (_envoy, _options, _current) = (envoy, options, config);
        _markInForce = _markSeen = mark;
        _path = Path.GetFullPath(envoy.ConfigPath);
    }

    /// <summary>Raised for each good edit, each new fault, and when a fault is gone: the error or null, and the news as text. One at a time; must not throw.</summary>
    public event Action<Exception?, string>? Reported;

    /// <summary>What is in force.</summary>
    public EnvoyConfig Current => _current;

    /// <summary>What is wrong with the files as they were last seen; null when they are what is in force.</summary>
    public Exception? LastError => _lastError;

    /// <summary>How often a configuration came into force.</summary>
    public long Loads => Interlocked.Read(ref _loads);

    /// <summary>How often one did not.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    private bool IsPipe { get; init; }

    /// <summary>Reads the configuration and watches it. A pipe is read once, to its end, and not watched.</summary>
    /// <exception cref="EnvoyConfigException">It is faulty; all faults are listed.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<EnvoyConfigSource> OpenAsync(
        EnvoyOptions envoy, RuleFileOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(envoy.ConfigPath);
        options ??= new RuleFileOptions();
        options.Check();
        var content = await EnvoyConfigContent.ReadAsync(Path.GetFullPath(envoy.ConfigPath), cancellationToken, isFirst: true).ConfigureAwait(false);
        var source = new EnvoyConfigSource(envoy, options, content.Parse(envoy.MergesDomains), content.Mark) { IsPipe = content.IsPipe };
        if (options.IsWatched && !content.IsPipe)
        {
            source._watch = source.Watch();
        }

        return source;
    }

    /// <summary>Looks at the files now. Completes when what they say is in force or reported.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken = default)
    {
        if (IsPipe)
        {
            return;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var content = await FileWatch.ReadSettledAsync(
                token => EnvoyConfigContent.ReadAsync(_path, token), read => read.Mark, _markSeen, _options, cancellationToken).ConfigureAwait(false);
            if (content is not null)
            {
                Judge(content);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_watch is not null)
        {
            await _watch.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Of a folder every notice counts; of a file its own, and that of a link that is swapped beside it.</summary>
    private FileWatch Watch()
    {
        var isFolder = Directory.Exists(_path);
        var name = Path.GetFileName(_path);
        bool Concerns(string? changed) => isFolder
            || string.Equals(changed, name, StringComparison.Ordinal)
            || changed?.StartsWith("..", StringComparison.Ordinal) == true;
        return new FileWatch(isFolder ? _path : Path.GetDirectoryName(_path)!, Concerns, _options, LookAsync);
    }

    /// <summary>One look of the watch, which goes on whatever happens.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CheckAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _lastError = e;
        }
    }

    private void Judge(EnvoyConfigContent content)
    {
        _markSeen = content.Mark;
        if (string.Equals(content.Mark, _markInForce, StringComparison.Ordinal))
        {
            Report(null, "is again what is in force");
            return;
        }

        EnvoyConfig config;
        try
        {
            config = content.Parse(_envoy.MergesDomains);
        }
        catch (Exception e) when (e is EnvoyConfigException or IOException)
        {
            Interlocked.Increment(ref _errors);
            Report(e, "is faulty; what was in force stays so");
            return;
        }

        (_markInForce, _current) = (content.Mark, config);
        Interlocked.Increment(ref _loads);
        Report(null, string.Create(CultureInfo.InvariantCulture, $"was read; {config.DomainCount} domains with {config.LimitCount} limits are in force"));
    }

    private void Report(Exception? error, string news)
    {
        _lastError = error;
        var message = $"The Envoy configuration '{_path}' {news}.";
        Reported?.Invoke(error, error is null ? message : $"{message}{Environment.NewLine}{error.Message}");
    }
}
