namespace Throttle.Cli;

/// <summary>Messages of exceptions, for people.</summary>
internal static class Errors
{
    /// <summary>The message without what the runtime adds to it.</summary>
    public static string WithoutParameter(ArgumentException e)
    {
        var text = FirstLine(e);
        var tail = text.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return tail < 0 ? text : text[..tail];
    }

    /// <summary>The first line of the message.</summary>
    public static string FirstLine(Exception e)
    {
        var end = e.Message.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? e.Message : e.Message[..end];
    }
}
