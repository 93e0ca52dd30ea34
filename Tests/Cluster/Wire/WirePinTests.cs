using System.Reflection;
using System.Runtime.CompilerServices;

namespace Throttle.Tests.Cluster.Wire;

/// <summary>That nothing on the wire goes by a name or an order that a later edit of the code would change.</summary>
public sealed class WirePinTests
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    [Fact]
    public void Types_ThatGoOverTheWire_HaveAnAliasEachItsOwn()
    {
        var aliases = WireTypes.Serialized.Concat(WireTypes.Called).Select(t => (Type: t.Name, t.GetCustomAttribute<AliasAttribute>()?.Alias)).ToArray();

        Assert.All(aliases, a => Assert.True(a.Alias is not null, $"{a.Type} has no [Alias]."));
        Assert.Equal(aliases.Length, aliases.Select(a => a.Alias).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Members_ThatGoOverTheWire_HaveAnIdEachItsOwn()
    {
        foreach (var type in WireTypes.Serialized.Where(t => !t.IsEnum))
        {
            var members = Members(type).Select(m => (m.Name, m.GetCustomAttribute<IdAttribute>()?.Id)).ToArray();

            Assert.NotEmpty(members);
            Assert.All(members, m => Assert.True(m.Id is not null, $"{type.Name}.{m.Name} has no [Id]."));
            Assert.Equal(members.Length, members.Select(m => m.Id).Distinct().Count());
        }
    }

    [Fact]
    public void Methods_ThatAreCalledOverTheWire_HaveAnAliasEachItsOwn()
    {
        foreach (var called in WireTypes.Called)
        {
            var methods = called.GetMethods(Declared).Where(m => m.IsAbstract).Select(m => (m.Name, m.GetCustomAttribute<AliasAttribute>()?.Alias)).ToArray();

            Assert.All(methods, m => Assert.True(m.Alias is not null, $"{called.Name}.{m.Name} has no [Alias]."));
            Assert.Equal(methods.Length, methods.Select(m => m.Alias).Distinct(StringComparer.Ordinal).Count());
        }
    }

    [Fact]
    public void Methods_ThatAreCalledOverTheWire_TakeATokenLast()
    {
        foreach (var method in WireTypes.Called.Where(i => i.IsPublic).SelectMany(i => i.GetMethods(Declared)).Where(m => m.IsAbstract))
        {
            var last = method.GetParameters().LastOrDefault();

            Assert.True(last?.ParameterType == typeof(CancellationToken), $"{method.DeclaringType!.Name}.{method.Name} takes no CancellationToken.");
        }
    }

    /// <summary>Fields, and the properties that have one.</summary>
    private static IEnumerable<MemberInfo> Members(Type type) =>
        type.GetFields(Declared).Select(f => f.IsDefined(typeof(CompilerGeneratedAttribute)) && f.Name.StartsWith('<')
            ? (MemberInfo)type.GetProperty(f.Name[1..f.Name.IndexOf('>', StringComparison.Ordinal)], Declared)!
            : f);
}
