using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Metadata;

namespace Throttle.Tests.Cluster.Wire;

/// <summary>The names by which grains, their interfaces and their methods are called, and what the methods take and give.</summary>
/// <remarks>
/// <c>calls.tsv</c> has a row for each method: the interface's name on the wire, the method's alias, what it gives, what it
/// takes; and one for each interface that has no methods but those of another. <c>grains.tsv</c> has a row for each grain: its type, which is part of the keys in storage, and its interfaces.
/// </remarks>
public sealed class CallTableTests
{
    [Fact]
    public void Methods_CalledOverTheWire_AreThoseRecorded()
    {
        using var host = Build();
        var names = host.Services.GetRequiredService<GrainInterfaceTypeResolver>();

        AssertRecorded("calls.tsv", WireTypes.Called.SelectMany(i => Rows(names, i)));
    }

    [Fact]
    public void Grains_OfTheSilo_AreThoseRecorded()
    {
        using var host = Build();
        var names = host.Services.GetRequiredService<GrainTypeResolver>();

        AssertRecorded("grains.tsv", WireTypes.Grains.Select(g => string.Join(
            '\t', names.GetGrainType(g), string.Join(", ", g.GetInterfaces().Where(WireTypes.Called.Contains).Select(Alias).Order(StringComparer.Ordinal)))));
    }

    private static IEnumerable<string> Rows(GrainInterfaceTypeResolver names, Type called)
    {
        var name = names.GetGrainInterfaceType(called);
        var methods = called.GetMethods().Where(m => m.IsAbstract).ToArray();
        return methods.Length == 0
            ? [$"{name}\tall of\t{string.Join(", ", called.GetInterfaces().Where(WireTypes.Called.Contains).Select(i => names.GetGrainInterfaceType(i)))}"]
            : methods.Select(m => $"{name}\t{Alias(m)}\t{Show(m.ReturnType)}\t{Takes(m)}");
    }

    private static void AssertRecorded(string file, IEnumerable<string> rows)
    {
        var expected = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Wire", file)).Order(StringComparer.Ordinal).ToArray();
        var actual = rows.Order(StringComparer.Ordinal).ToArray();

        Assert.True(
            expected.SequenceEqual(actual, StringComparer.Ordinal),
            $"{file} lacks:\n{string.Join('\n', actual.Except(expected))}\nand should not have:\n{string.Join('\n', expected.Except(actual))}");
    }

    private static IHost Build()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.UseOrleans(silo => silo.UseLocalhostClustering());
        return builder.Build();
    }

    private static string Takes(MethodInfo method) => method.GetParameters() is { Length: > 0 } parameters
        ? string.Join(", ", parameters.Select(p => Show(p.ParameterType)))
        : "nothing";

    private static string Alias(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>()?.Alias ?? "";

    private static string Show(Type type) =>
        type.IsGenericType ? $"{type.Name[..^2]}<{string.Join(", ", type.GetGenericArguments().Select(Show))}>" : type.Name;
}
