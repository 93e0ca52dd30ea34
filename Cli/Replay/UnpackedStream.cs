namespace Throttle.Cli.Replay;

/// <summary>The output of a decompressor. A file that was cut short gives what it holds.</summary>
/// <param name="unpacked">The decompressor. It throws <see cref="InvalidDataException"/> where its input ends too early.</param>
/// <param name="packed">Its input.</param>
internal sealed class UnpackedStream(Stream unpacked, PeekStream packed) : ForwardStream(unpacked)
{
    /// <summary>Whether the input ended before its own end mark.</summary>
    public bool EndsEarly { get; private set; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (EndsEarly)
        {
            return 0;
        }

        try
        {
            return Inner.Read(buffer);
        }
        catch (InvalidDataException) when (packed.IsAtEnd)
        {
            // Damage is noticed before the input's end is: the decompressor asks for more only where all it has is good.
            EndsEarly = true;
            return 0;
        }
    }
}
