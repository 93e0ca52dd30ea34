namespace Throttle.Core.Inline;

/// <summary>What an <see cref="InlineCall"/> does with its bucket.</summary>
public enum InlineAction
{
    /// <summary>Takes the permits, all or none; with 0 it asks and takes nothing. The default.</summary>
    Take,

    /// <summary>As <see cref="Take"/>, but a call that is refused empties the bucket: nothing remains.</summary>
    Drain,

    /// <summary>Gives permits back, as far as any are missing: never more than a new bucket holds. The answer is what the bucket then says to 0 permits.</summary>
    GiveBack,

    /// <summary>Makes the bucket new, then takes the permits.</summary>
    Reset,

    /// <summary>
    /// Asks what the bucket has and changes nothing, see <see cref="InlineCall.Look"/>. No limit is needed: without one the bucket is
    /// looked at under the limit it has, and <see cref="InlineCall.NoBucket"/> is the answer where there is none.
    /// </summary>
    Look,

    /// <summary>
    /// Makes the bucket new, see <see cref="InlineCall.Forget"/>. The answer is what <see cref="Look"/> would have said before: it
    /// owed something if <see cref="Limiters.LimiterDecision.ResetAfterTicks"/> is above 0. No limit is needed.
    /// </summary>
    Forget,
}
