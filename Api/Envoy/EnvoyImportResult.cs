using Throttle.Core.Rules;

namespace Throttle.Api.Envoy;

/// <summary>A configuration as rules.</summary>
/// <param name="Rules">The rules, valid as a set.</param>
/// <param name="Notes">What they cannot say, in the order of the files.</param>
/// <param name="Unlimited">How many limits are unlimited, and need no rule.</param>
public sealed record EnvoyImportResult(IReadOnlyList<Rule> Rules, IReadOnlyList<EnvoyNote> Notes, int Unlimited)
{
    /// <summary>How many limits were left out.</summary>
    public int LeftOut => Notes.Where(note => note.IsLeftOut).Select(note => (note.Place, note.Name)).Distinct().Count();
}
