namespace Throttle.Api.RuleFiles;

public sealed partial class RuleFile
{
    /// <summary>Looks at the file whenever something may have changed it, until it is closed.</summary>
    private FileWatch Watch(string path)
    {
        var name = System.IO.Path.GetFileName(path);

        // Links are often swapped by renaming a folder link beside the file, such as Kubernetes' ..data.
        bool Concerns(string? changed) =>
            string.Equals(changed, name, StringComparison.Ordinal) || changed?.StartsWith("..", StringComparison.Ordinal) == true;
        return new FileWatch(System.IO.Path.GetDirectoryName(path)!, Concerns, _options, CheckKeepingOnAsync);
    }

    /// <summary>One look. A handler that throws although it must not shows in <see cref="LastError"/>, and the watch goes on.</summary>
    private async Task CheckKeepingOnAsync(CancellationToken cancellationToken)
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
}
