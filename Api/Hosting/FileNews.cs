using Microsoft.Extensions.Logging;

namespace Throttle.Api.Hosting;

/// <summary>Writes news of a watched file to the log.</summary>
internal static partial class FileNews
{
    /// <param name="log">Where it goes.</param>
    /// <param name="error">What is wrong, or null.</param>
    /// <param name="message">The news, over several lines where there are several faults.</param>
    public static void Write(ILogger log, Exception? error, string message)
    {
        if (error is null)
        {
            LogGoodEdit(log, message);
            return;
        }

        // The console writes one line a message, and faults are easier to read one a line.
        foreach (var line in message.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries))
        {
            LogBadEdit(log, line);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Message}")]
    private static partial void LogGoodEdit(ILogger log, string message);

    [LoggerMessage(2, LogLevel.Warning, "{Message}")]
    private static partial void LogBadEdit(ILogger log, string message);
}
