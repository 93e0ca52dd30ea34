using System.Threading.Channels;

namespace Throttle.Api.RuleFiles;

/// <summary>Looks at a file or a folder on every notice of the system's and at regular times, until it is disposed.</summary>
internal sealed class FileWatch : IAsyncDisposable
{
    private readonly RuleFileOptions _options;
    private readonly Func<CancellationToken, Task> _look;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;

    /// <summary>Begins to watch.</summary>
    /// <param name="folder">The folder whose notices count.</param>
    /// <param name="concerns">Whether the change of an entry of that name is a reason to look.</param>
    /// <param name="options">How to watch.</param>
    /// <param name="look">Looks once; called one at a time. It must not throw but for its token.</param>
    public FileWatch(string folder, Func<string?, bool> concerns, RuleFileOptions options, Func<CancellationToken, Task> look)
    {
        (_options, _look) = (options, look);
        _watching = WatchAsync(folder, concerns);
    }

    /// <summary>
    /// Reads until what is read was seen before, or stands still: some editors empty a file before they write it.
    /// </summary>
    /// <param name="read">Reads.</param>
    /// <param name="mark">Tells contents apart.</param>
    /// <param name="seen">The mark that was seen before.</param>
    /// <param name="options">How long something must stand still.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>What is new and stands still, or null.</returns>
    public static async Task<T?> ReadSettledAsync<T>(
        Func<CancellationToken, Task<T>> read, Func<T, string> mark, string seen, RuleFileOptions options, CancellationToken cancellationToken)
        where T : class
    {
        const int mostReads = 20;
        var content = await read(cancellationToken).ConfigureAwait(false);
        for (var reads = 1; !string.Equals(mark(content), seen, StringComparison.Ordinal) && reads <= mostReads; reads++)
        {
            await Task.Delay(options.SettleTime, options.Clock, cancellationToken).ConfigureAwait(false);
            var again = await read(cancellationToken).ConfigureAwait(false);
            if (string.Equals(mark(again), mark(content), StringComparison.Ordinal))
            {
                return content;
            }

            content = again;
        }

        return null;
    }

    /// <summary>Stops watching, after a look that is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task WatchAsync(string folder, Func<string?, bool> concerns)
    {
        // One wake-up waits at most: any number of notices are one look.
        var wakeUps = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var timer = _options.Clock.CreateTimer(
            _ => wakeUps.Writer.TryWrite(true), null, _options.PollInterval, _options.PollInterval);
        await using (timer.ConfigureAwait(false))
        {
            using var notices = _options.UseNotices ? Subscribe(folder, concerns, () => wakeUps.Writer.TryWrite(true)) : null;
            try
            {
                while (true)
                {
                    await wakeUps.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
                    await _look(_stop.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // Closed.
            }
        }
    }

    /// <summary>The system's notices for the folder, or null where there are none to be had; looking regularly goes on.</summary>
    private static FileSystemWatcher? Subscribe(string folder, Func<string?, bool> concerns, Action wakeUp)
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(folder);
            void OnChange(object sender, FileSystemEventArgs change)
            {
                if (concerns(change.Name) || (change is RenamedEventArgs renamed && concerns(renamed.OldName)))
                {
                    wakeUp();
                }
            }

            watcher.Changed += OnChange;
            watcher.Created += OnChange;
            watcher.Deleted += OnChange;
            watcher.Renamed += OnChange;
            watcher.Error += (_, _) => wakeUp();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or PlatformNotSupportedException)
        {
            watcher?.Dispose();
            return null;
        }
    }
}
