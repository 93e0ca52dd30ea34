using Spectre.Console;

namespace Throttle.Cli.Replay;

/// <summary>Two bars: reading, then replaying.</summary>
internal sealed class ReplayProgress(ProgressContext context)
{
    private readonly ProgressTask _reading = context.AddTask("Reading");
    private ProgressTask? _replaying;

    /// <summary>Moves the first bar.</summary>
    /// <param name="position">Bytes read.</param>
    /// <param name="length">Bytes to read, or null when nobody knows.</param>
    public void Reading(long position, long? length)
    {
        _reading.IsIndeterminate = length is null;
        _reading.MaxValue = length ?? 1;
        _reading.Value = position;
    }

    /// <summary>Fills the first bar and moves the second.</summary>
    /// <param name="done">Lines replayed.</param>
    /// <param name="count">Lines to replay.</param>
    public void Replaying(long done, long count)
    {
        if (_replaying is null)
        {
            _reading.IsIndeterminate = false;
            _reading.Value = _reading.MaxValue;
            _reading.StopTask();
            _replaying = context.AddTask("Replaying", maxValue: Math.Max(1, count));
        }

        _replaying.Value = done;
    }
}
