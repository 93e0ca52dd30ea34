namespace Throttle.Core.Limiters;

/// <summary>The form of a saved state. Its number is the first byte of the state, by which a limiter tells its own states from others.</summary>
/// <param name="number">The number, unique among all forms, and never used again for another one.</param>
/// <param name="name">The form's name, for messages.</param>
public sealed class StateKind(byte number, string name)
{
    /// <summary>The number.</summary>
    public byte Number { get; } = number;

    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Number})";
}
