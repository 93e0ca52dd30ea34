using Throttle.AspNetCore.Requests;
using Throttle.Core.Rules;

namespace Throttle.Cli.Replay;

/// <summary>How the recorded application reads paths, as forward auth is told it.</summary>
internal sealed record RequestForm
{
    /// <summary>How it reads <c>%2F</c> in a path.</summary>
    public EncodedSlash EncodedSlash { get; init; }

    /// <summary>The differences in spelling that it ignores.</summary>
    public IgnoredSpelling Ignored { get; init; } = IgnoredSpelling.Names;
}
