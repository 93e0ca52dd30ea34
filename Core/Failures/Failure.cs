namespace Throttle.Core.Failures;

/// <summary>
/// Why a limit could not be checked, in the only form in which it leaves the process that knows: a reason of a fixed list, and
/// an id under which the log of that process has the rest.
/// </summary>
/// <remarks>Every front writes this and nothing else, so that no answer can tell of addresses, storage keys or stack traces.</remarks>
public sealed record Failure
{
    private const string IdStart = " (failure ";
    private const string IdEnd = ").";

    private static readonly FailureReason[] Reasons = Enum.GetValues<FailureReason>();

    private Failure(FailureReason reason, string? id) => (Reason, Id) = (reason, id);

    /// <summary>How long a caller should wait before it asks again: 1 second. Nobody knows when a failure ends.</summary>
    public static TimeSpan RetryAfter { get; } = TimeSpan.FromSeconds(1);

    /// <summary>The reason.</summary>
    public FailureReason Reason { get; }

    /// <summary>Twelve hexadecimal digits that the log has too; null where the log has nothing to add.</summary>
    public string? Id { get; }

    /// <summary>A failure whose reason is all that there is to tell.</summary>
    public static Failure Of(FailureReason reason) => new(reason, null);

    /// <summary>A failure with a new id. The caller writes a line with that id to the log; see <see cref="FailureLog"/>.</summary>
    public static Failure WithNewId(FailureReason reason) => new(reason, Guid.NewGuid().ToString("N")[..12]);

    /// <summary>
    /// The failure that a text of <see cref="ToString"/> stands for. Any other text may tell what it must not: it becomes
    /// <see cref="FailureReason.Internal"/> without an id.
    /// </summary>
    public static Failure Parse(string? text) => TryParse(text) ?? new(FailureReason.Internal, null);

    /// <summary>The failure that a text of <see cref="ToString"/> stands for, or null for any other text.</summary>
    public static Failure? TryParse(string? text)
    {
        foreach (var reason in Reasons)
        {
            var sentence = SentenceOf(reason);
            if (text is not null && text.StartsWith(sentence, StringComparison.Ordinal))
            {
                var rest = text.AsSpan(sentence.Length);
                return rest is "." ? new(reason, null)
                    : rest.StartsWith(IdStart) && rest.EndsWith(IdEnd) && rest[IdStart.Length..^IdEnd.Length] is { Length: 12 } id
                        && !id.ContainsAnyExcept("0123456789abcdef") ? new(reason, id.ToString())
                    : null;
            }
        }

        return null;
    }

    /// <summary>The reason and the id as one sentence, such as <c>The storage failed (failure 0a1b2c3d4e5f).</c></summary>
    public override string ToString() => SentenceOf(Reason) + (Id is null ? "." : IdStart + Id + IdEnd);

    private static string SentenceOf(FailureReason reason) => reason switch
    {
        FailureReason.NoAnswer => "The limit's owner gave no answer in time",
        FailureReason.OwnerUnreachable => "The limit's owner cannot be reached",
        FailureReason.Overloaded => "The limit's owner has too many callers",
        FailureReason.NotConnected => "The cluster cannot be reached",
        FailureReason.Storage => "The storage failed",
        FailureReason.RulesDiffer => "The rules are changing",
        FailureReason.NoRoom => "There is no room for a new bucket",
        _ => "The limit could not be checked",
    };
}
