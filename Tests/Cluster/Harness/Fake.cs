using System.Reflection;

namespace Throttle.Tests.Cluster.Harness;

/// <summary>Anything with an interface whose calls a test answers; a class of its own would be taken for a grain.</summary>
public class Fake : DispatchProxy
{
    private Func<object?[], object?> _answer = null!;

    /// <summary>One that answers every call by what is given, from the call's arguments.</summary>
    public static T Of<T>(Func<object?[], object?> answer)
        where T : class
    {
        var made = Create<T, Fake>();
        ((Fake)(object)made)._answer = answer;
        return made;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer(args ?? []);
}
