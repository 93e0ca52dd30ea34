using System.Globalization;
using Throttle.Api.Envoy;
using Throttle.Api.Hosting;
using Throttle.Core.Rules;
using Throttle.Silo.Hosting;
using Throttle.Silo.Settings;

namespace Throttle.Silo;

/// <summary>What a node prints when it has started.</summary>
internal static class SiloBanner
{
    private const int MostRules = 30;

    public static void Show(TextWriter output, SiloNode node, SiloSettings settings)
    {
        foreach (var address in node.Addresses)
        {
            output.WriteLine($"throttle listens on {address}");
        }

        if (node.Front.RedisEndPoint is { } redis)
        {
            output.WriteLine($"throttle speaks the Redis protocol on {redis}");
        }

        var gateway = settings.GatewayPort == 0 ? "no gateway" : $"gateway {settings.AdvertisedAddress}:{settings.GatewayPort}";
        output.WriteLine($"Silo {node.Silo.ToParsableString()} of cluster '{settings.ClusterId}', service '{settings.ServiceId}', {gateway}.");
        output.WriteLine(Membership(settings));
        var rules = node.Rules;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Rules: {rules.Rules.Length}, version {rules.Version}. 'throttle rules show' lists them, 'throttle rules apply' changes them."));
        ShowRules(output, rules);
        if (settings.Redis is null && RuleText.ForgottenAtRestart(rules) is { } warning)
        {
            output.WriteLine(warning);
        }

        ShowRegion(output, settings, rules.Rules.Count(rule => rule.Replicate));
        var reachable = NodeAddresses.Reachable(node.Addresses);
        ShowTrials(output, node, settings, reachable);
        ShowClock(output, settings, reachable, node.Front.AdminToken is not null);
        if (node.Front.IsAdminTokenGenerated)
        {
            output.WriteLine($"Admin token, for edits and resets: {node.Front.AdminToken}");
        }
    }

    private static void ShowRules(TextWriter output, RuleSet rules)
    {
        foreach (var line in RuleText.Table([.. rules.Rules.Take(MostRules)]))
        {
            output.WriteLine(line);
        }

        if (rules.Rules.Length > MostRules)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  … and {rules.Rules.Length - MostRules} more"));
        }
    }

    private static void ShowTrials(TextWriter output, SiloNode node, SiloSettings settings, string reachable)
    {
        output.WriteLine("Try it:");
        output.WriteLine($"  curl -i {reachable}/v1/acquire -d '{SampleRequest.For(node.Rules)}'");
        if (node.Front.RedisEndPoint is { } tried)
        {
            output.WriteLine($"  {NodeAddresses.RedisCli(tried)} CL.THROTTLE user123 15 30 60");
        }

        if (node.Envoy is { } envoy)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Envoy's ratelimit service, by {settings.Envoy!.ConfigPath}, watched: domains {envoy.DomainCount}, limits {envoy.LimitCount}."));
            output.WriteLine($"  curl -i {reachable}/json -d '{EnvoySample.For(envoy)}'");
        }

        if (settings.HasDashboard)
        {
            output.WriteLine($"Dashboard: {reachable}{SiloNode.DashboardPath}");
        }
    }

    private static void ShowRegion(TextWriter output, SiloSettings settings, int shared)
    {
        if (settings.Replication is { } replication)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Region {replication.Region} shares the buckets of rules with 'replicate: true' ({shared} now) with {string.Join(' ', replication.Peers)}"));
        }
        else if (shared > 0)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{shared} of the rules say 'replicate: true' and are shared with nobody: name other regions with --region, --peers and --peer-token."));
        }
    }

    private static string Membership(SiloSettings settings)
    {
        if (settings.Redis is { } redis)
        {
            return $"Members, rules and persisted buckets are in Redis at {redis.ToString(includePassword: false)}.";
        }

        return settings.IsPrimary
            ? $"It is the primary: others join it with --primary {settings.Primary}. Everything is kept in memory."
            : $"It has joined the primary at {settings.Primary}. Everything is kept in memory.";
    }

    private static void ShowClock(TextWriter output, SiloSettings settings, string address, bool hasToken)
    {
        if (settings.VirtualClockStart is { } start)
        {
            output.WriteLine($"The clock is virtual: it stands at {start.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'} until moved:");
            output.WriteLine($"  curl{(hasToken ? " -H 'Authorization: Bearer TOKEN'" : "")} {address}/v1/clock -d '{{\"advance\":\"1.5s\"}}'");
        }
    }
}
