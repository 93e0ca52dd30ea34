using System.Diagnostics.CodeAnalysis;

namespace Throttle.Cli.Replay;

/// <summary>A way to write recorded traffic, one request a line.</summary>
internal interface IReplayFormat
{
    /// <summary>Its name, as <c>--format</c> takes it.</summary>
    string Name { get; }

    /// <summary>The instant of a line that is right in every part, or what is wrong with it.</summary>
    bool TryReadInstant(ReadOnlySpan<byte> line, out long at, [NotNullWhen(false)] out string? fault);

    /// <summary>The request of a line that <see cref="TryReadInstant"/> has accepted.</summary>
    ReplayEntry Read(ReadOnlySpan<byte> line);
}
