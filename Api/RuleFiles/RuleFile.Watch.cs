using System.Threading.Channels;

namespace Throttle.Api.RuleFiles;

public sealed partial class RuleFile
{
    /// <summary>Looks at the file on every notice and at regular times, until the file is closed.</summary>
    private async Task WatchAsync(string path)
    {
        // One wake-up waits at most: any number of notices are one look.
        var wakeUps = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var timer = _options.Clock.CreateTimer(
            _ => wakeUps.Writer.TryWrite(true), null, _options.PollInterval, _options.PollInterval);
        await using (timer.ConfigureAwait(false))
        {
            using var notices = _options.UseNotices ? Subscribe(path, () => wakeUps.Writer.TryWrite(true)) : null;
            try
            {
                while (true)
                {
                    await wakeUps.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
                    await CheckKeepingOnAsync().ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // Closed.
            }
        }
    }

    /// <summary>One look. A handler that throws although it must not shows in <see cref="LastError"/>, and the watch goes on.</summary>
    private async Task CheckKeepingOnAsync()
    {
        try
        {
            await CheckAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _lastError = e;
        }
    }

    /// <summary>The system's notices for the file's folder, or null where there are none to be had; looking regularly goes on.</summary>
    private static FileSystemWatcher? Subscribe(string path, Action wakeUp)
    {
        var name = System.IO.Path.GetFileName(path);
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(System.IO.Path.GetDirectoryName(path)!);

            // Links are often swapped by renaming a folder link beside the file, such as Kubernetes' ..data.
            bool Concerns(string? changed) =>
                string.Equals(changed, name, StringComparison.Ordinal) || changed?.StartsWith("..", StringComparison.Ordinal) == true;
            void OnChange(object sender, FileSystemEventArgs change)
            {
                if (Concerns(change.Name) || (change is RenamedEventArgs renamed && Concerns(renamed.OldName)))
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
