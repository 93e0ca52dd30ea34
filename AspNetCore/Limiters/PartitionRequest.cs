using Microsoft.AspNetCore.Http;

namespace Throttle.AspNetCore.Limiters;

/// <summary>
/// The HTTP request for which this thread has just looked up a partition. .NET's partitioned limiter passes the request to the function that
/// chooses a partition, and then, on the same thread and with nothing in between, asks the partition's limiter without it.
/// </summary>
internal static class PartitionRequest
{
    [ThreadStatic]
    private static (string Partition, HttpContext Context)? s_current;

    /// <summary>Remembers for whom a partition is chosen; null for nobody, so that no earlier request is taken for this one.</summary>
    public static void Set(string partition, HttpContext? context) => s_current = context is null ? null : (partition, context);

    /// <summary>The request for which the partition was chosen, once; null where there is none.</summary>
    public static HttpContext? Take(string partition)
    {
        var current = s_current;
        s_current = null;
        return current is { } chosen && string.Equals(chosen.Partition, partition, StringComparison.Ordinal) ? chosen.Context : null;
    }
}
