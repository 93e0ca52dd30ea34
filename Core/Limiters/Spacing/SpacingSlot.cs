namespace Throttle.Core.Limiters;

/// <summary>A slot reserved ahead. It moves back when a call before it ran late; its holder still knows it by what it was told.</summary>
internal record struct SpacingSlot(long Told, long At);
