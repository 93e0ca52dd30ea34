namespace Throttle.Cli.Piping;

/// <summary>Standard output did not take what was written; what stops a copy elsewhere is not of this kind.</summary>
internal sealed class OutputFailedException(IOException error) : Exception(error.Message, error)
{
    /// <summary>What the system said.</summary>
    public IOException Error { get; } = error;
}
