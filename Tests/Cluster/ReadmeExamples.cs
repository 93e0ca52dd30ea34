using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Throttle.Client;
using Throttle.Grains.Interfaces;

namespace Throttle.Tests.Cluster;

/// <summary>The README's examples of a cluster's clients.</summary>
internal static class ReadmeExamples
{
    public static void AddClient(HostApplicationBuilder builder)
    {
        builder.UseOrleansClient(orleans => orleans
            .UseRedisClustering("10.0.0.5:6379")
            .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("throttle", "throttle")));
        builder.Services.AddThrottleClient();
    }

    public static async Task<BucketReply> AskAsync(IClusterClient client)
    {
        var reply = await client.GetGrain<ITokenBucketGrain>("per-client/42").AcquireAsync(1);
        Console.WriteLine(reply.IsAllowed ? $"go, {reply.Remaining} left" : $"wait {reply.RetryAfter}");
        return reply;
    }
}
