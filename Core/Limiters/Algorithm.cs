using System.Text.Json.Nodes;
using Throttle.Core.Fields;

namespace Throttle.Core.Limiters;

/// <summary>
/// A limiting algorithm as rules know it: its name and its fields. How its numbers are read, written, checked, compared, packed
/// and documented all follow from the fields. <see cref="Algorithms"/> has all of them.
/// </summary>
public abstract class Algorithm
{
    private protected Algorithm(string name, string summary, StateKind[] stateKinds)
    {
        (Name, Summary, StateKinds) = (name, summary, stateKinds);
    }

    /// <summary>The name in rule files, such as <c>token-bucket</c>.</summary>
    public string Name { get; }

    /// <summary>What it does, in one sentence.</summary>
    public string Summary { get; }

    /// <summary>The forms in which the states of its buckets are saved.</summary>
    public IReadOnlyList<StateKind> StateKinds { get; }

    /// <summary>The rows of the reference: every field of the algorithm, in the order in which it is written.</summary>
    public abstract IEnumerable<FieldDescription> Describe();

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Reads the numbers; faulty fields have stand-ins, and the faults are noted.</summary>
    internal abstract LimiterSpec Read(MapReader from);

    /// <summary>Adds the numbers to a JSON object, without those that have their defaults.</summary>
    internal abstract void Write(LimiterSpec spec, JsonObject to);

    /// <summary>Adds the numbers as named texts.</summary>
    internal abstract void AddTexts(string prefix, LimiterSpec spec, List<(string Name, string Text)> to);

    /// <summary>Tells every fault: path and message, without the full stop.</summary>
    internal abstract void Check(string prefix, LimiterSpec spec, Action<string, string> add);

    /// <summary>Appends the numbers.</summary>
    internal abstract void Pack(LimiterSpec spec, PackWriter to);

    /// <summary>The numbers that <see cref="Pack"/> wrote.</summary>
    /// <exception cref="FormatException">They use something that this version does not know.</exception>
    internal abstract LimiterSpec Unpack(PackReader from);

    /// <summary>The JSON Schema of a limit with this algorithm.</summary>
    internal abstract JsonObject Schema();
}
