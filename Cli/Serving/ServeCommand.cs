using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Throttle.Api.Clocks;
using Throttle.Api.Hosting;
using Throttle.Api.Redis;
using Throttle.AspNetCore.Requests;
using Throttle.Core;

namespace Throttle.Cli.Serving;

/// <summary><c>throttle serve</c></summary>
internal static class ServeCommand
{
    /// <summary>Its name.</summary>
    public const string Name = "serve";

    private static readonly NodeOptions Defaults = new();

    /// <summary>The command with its options.</summary>
    public static Command Create(Terminal terminal)
    {
        var rules = CommonOptions.Rules("The rule file, which is watched, and to which edits are written. Without it: sample rules, in memory.");
        var urls = Urls();
        var token = new TokenArguments(
            "The token that edits and resets must carry. Without it, one is made up and printed, unless only this machine can reach the node.");
        var (clock, buckets, unmatched) = (Clock(), Buckets(), Unmatched());
        var (redis, proxies, log) = (Redis(), TrustedProxiesOption(), NodeLogging.Option());
        var (peers, envoy, webhooks) = (new PeerOptions(), new EnvoyArguments(), new WebhookArguments());
        var command = new Command(Name, "Run a node. SIGTERM and Ctrl+C finish requests in flight and stop it.")
        {
            rules, urls, redis, clock, buckets, unmatched, proxies, log,
        };
        token.AddTo(command);
        peers.AddTo(command);
        envoy.AddTo(command);
        webhooks.AddTo(command);
        command.SetAction((result, cancellationToken) =>
        {
            var virtualClock = result.GetResult(clock) is { Implicit: false };
            return ServeAction.RunAsync(
                terminal,
                new NodeOptions
                {
                    RulesPath = result.GetValue(rules),
                    Urls = result.GetValue(urls) is { Length: > 0 } given ? given : Defaults.Urls,
                    Redis = result.GetValue(redis)?.Options,
                    AdminToken = token.Given(result, terminal),
                    AdminTokenFile = token.File(result),
                    Logging = NodeLogging.Read(result.GetValue(log) ?? []),
                    VirtualClockStart = virtualClock ? result.GetValue(clock)?.Instant ?? terminal.Clock.GetUtcNow() : null,
                    MaxBuckets = result.GetValue(buckets) ?? Defaults.MaxBuckets,
                    Unmatched = result.GetValue(unmatched),
                    TrustedProxies = result.GetValue(proxies) ?? Defaults.TrustedProxies,
                    Replication = peers.Read(result),
                    Envoy = envoy.Read(result),
                    Webhooks = webhooks.Read(result),
                },
                cancellationToken);
        });
        return command;
    }

    private static Option<long?> Buckets() => CommonOptions.Number(
        "--max-buckets",
        1,
        long.MaxValue,
        Defaults.MaxBuckets,
        "The most buckets held at once; beyond it a rule's on-error decides. Beside others, a rule has at most half of what they leave free.");

    private static Option<UnmatchedRequests> Unmatched() => new("--unmatched")
    {
        Description = "What becomes of requests that match no rule: allow, warn (allowed, and a line in the log once a minute) or refuse [default: allow].",
        HelpName = "allow|warn|refuse",
    };

    private static Option<string[]> Urls() => new("--urls", "-u")
    {
        Description = $"Addresses to listen on; port 0 takes a free one [default: {string.Join(' ', Defaults.Urls)}].",
        HelpName = "URL",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        Validators =
        {
            result =>
            {
                foreach (var fault in NodeAddresses.FaultsOf([.. result.Tokens.Select(token => token.Value)]))
                {
                    result.AddError($"--{fault}");
                }
            },
        },
    };

    private static Option<TrustedProxies?> TrustedProxiesOption() => new("--trusted-proxies")
    {
        Description = "Proxies whose word about clients /v1/forward-auth believes: addresses, networks, or none [default: 127.0.0.0/8 ::1].",
        HelpName = "NETWORK",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result =>
        {
            try
            {
                return TrustedProxies.Parse(result.Tokens.SelectMany(t => t.Value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)));
            }
            catch (FormatException e)
            {
                result.AddError($"--trusted-proxies: {e.Message}");
                return null;
            }
        },
    };

    private static Option<RedisPort?> Redis() => new("--redis-port")
    {
        Description = "Where the Redis protocol is spoken: a port of this machine only, ADDRESS:PORT, or 0 for nowhere.",
        HelpName = "PORT",
        DefaultValueFactory = _ => new(new RedisOptions { EndPoint = new(IPAddress.Loopback, RedisOptions.DefaultPort) }),
        CustomParser = ParseRedis,
    };

    private static RedisPort? ParseRedis(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (RedisOptions.TryParse(text, out var options))
        {
            return new(options);
        }

        result.AddError($"--redis-port is '{text}'; use {RedisOptions.Range}.");
        return null;
    }

    private static Option<ClockStart?> Clock() => new("--virtual-clock")
    {
        Description = "Time stands still until POST /v1/clock moves it. START is an ISO time or seconds since 1970 [default: the present].",
        HelpName = "START",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = ParseClock,
    };

    private static ClockStart? ParseClock(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
        {
            return null;
        }

        var text = result.Tokens[0].Value;
        if (ClockStart.TryParse(text, out var start))
        {
            return start;
        }

        result.AddError($"--virtual-clock is '{text}'; use an ISO time such as 2026-01-01T00:00:00Z, or seconds since 1970, in the years 1 to 9999.");
        return null;
    }

    /// <summary>What <c>--redis-port</c> said; null within for nowhere.</summary>
    private sealed record RedisPort(RedisOptions? Options)
    {
        /// <summary>As it is given; the help shows it of the default.</summary>
        public override string ToString() => Options is null ? "0"
            : IPAddress.Loopback.Equals(Options.EndPoint.Address) ? FormattableString.Invariant($"{Options.EndPoint.Port}")
            : Options.EndPoint.ToString();
    }
}
