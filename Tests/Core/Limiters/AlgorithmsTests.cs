using System.Reflection;
using Throttle.Core.Fields;
using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Limiters;

/// <summary>The list of all algorithms is whole and has no duplicates.</summary>
public sealed class AlgorithmsTests
{
    /// <summary>Everything that limits, in Core.</summary>
    private static readonly Type[] Limiters =
    [
        .. typeof(Algorithm).Assembly.GetTypes().Where(type => !type.IsAbstract && Array.Exists(
            type.GetInterfaces(), i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ILimiter<>))),
    ];

    /// <summary>The limiters that some contract class has among its cases, each with a new state in its saved form.</summary>
    private static readonly (Type Limiter, byte[] Saved)[] Covered =
    [
        .. typeof(AlgorithmsTests).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && ContractOf(type) is not null)
            .SelectMany(type => (IEnumerable<(Type, byte[])>)typeof(AlgorithmsTests)
                .GetMethod(nameof(CasesOf), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(ContractOf(type)!.GetGenericArguments())
                .Invoke(null, [Activator.CreateInstance(type)])!),
    ];

    [Fact]
    public void Limiter_Each_HasAContractClass() =>
        Assert.Empty(Limiters.Except(Covered.Select(pair => pair.Limiter)).Select(type => type.Name));

    [Fact]
    public void Spec_Each_IsAnAlgorithm() => Assert.Equal(
        typeof(Algorithm).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(LimiterSpec))).Select(type => type.Name).Order(StringComparer.Ordinal),
        Algorithms.All.Select(algorithm => algorithm.GetType().GetGenericArguments()[0].Name).Order(StringComparer.Ordinal));

    [Fact]
    public void State_Saved_BeginsWithADeclaredKind()
    {
        var declared = Algorithms.All.SelectMany(algorithm => algorithm.StateKinds).Select(kind => kind.Number).ToHashSet();

        Assert.NotEmpty(Covered);
        Assert.All(Covered, pair => Assert.Contains(pair.Saved[0], declared));
    }

    [Fact]
    public void Check_TwoOfOneName_Throws()
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => Algorithms.Check([Make("twice", new(200, "a")), Make("twice", new(201, "b"))]));

        Assert.Contains("'twice'", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_TwoFormsOfOneNumber_Throws()
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => Algorithms.Check([Make("one", new(200, "a")), Make("two", new(200, "b"))]));

        Assert.Contains("'a' and 'b' both have the number 200", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OneFormOfTwoAlgorithms_Passes()
    {
        var shared = new StateKind(200, "shared");

        Algorithms.Check([Make("one", shared), Make("two", shared)]);
    }

    [Fact]
    public void Field_Each_IsDescribedInASentence() => Assert.All(
        Algorithms.All.SelectMany(algorithm => algorithm.Describe()).Concat(Throttle.Core.Rules.RuleFields.Describe()),
        field => Assert.Matches(@"^[A-Z].*\.$", field.Help));

    private static Algorithm<GcraSpec> Make(string name, StateKind kind) =>
        new(name, "For the test.", [kind], new FieldTable<GcraSpec>(new(new(1, TimeSpan.TicksPerSecond), 1)));

    private static Type? ContractOf(Type? type) =>
        type is null ? null
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(LimiterContract<>) ? type
        : ContractOf(type.BaseType);

    private static (Type Limiter, byte[] Saved)[] CasesOf<TState>(LimiterContract<TState> contract)
        where TState : struct =>
        [.. contract.AllCases.Select(limiter => (limiter.GetType(), limiter.Save(limiter.Create(0))))];
}
