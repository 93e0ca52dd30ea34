using System.Reflection;
using Throttle.Client;
using Throttle.Grains;
using Throttle.Grains.Interfaces;

namespace Throttle.Tests.Cluster.Wire;

/// <summary>What the project's assemblies send and call.</summary>
internal static class WireTypes
{
    /// <summary>The assemblies that have wire types or grains.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } = [typeof(IBucketGrain).Assembly, typeof(BucketGrainOptions).Assembly, typeof(ThrottleClientOptions).Assembly];

    /// <summary>Every type that is serialized.</summary>
    public static IEnumerable<Type> Serialized => Types.Where(t => t.IsDefined(typeof(GenerateSerializerAttribute), inherit: false));

    /// <summary>Every interface that is called over the wire.</summary>
    public static IEnumerable<Type> Called => Types.Where(t => t.IsInterface && typeof(IAddressable).IsAssignableFrom(t));

    /// <summary>Every grain.</summary>
    public static IEnumerable<Type> Grains => Types.Where(t => !t.IsAbstract && typeof(IGrainBase).IsAssignableFrom(t));

    private static IEnumerable<Type> Types => Assemblies.SelectMany(a => a.GetTypes());
}
