using System.CommandLine;
using Throttle.Api.Envoy;

namespace Throttle.Cli.Serving;

/// <summary>The options of a node that speaks the protocol of Envoy's ratelimit service.</summary>
internal sealed class EnvoyArguments
{
    private readonly Option<string?> _config = new("--envoy-config")
    {
        Description = "The YAML configuration of Envoy's ratelimit service, a file or a folder of *.yaml and *.yml, which is watched: /json answers by it.",
        HelpName = "PATH",
    };

    private readonly Option<bool> _merges = Flag("--envoy-merge-domains", "Several files may speak of one domain (MERGE_DOMAIN_CONFIG).");
    private readonly Option<bool> _shadow = Flag("--envoy-shadow", "Everything is answered OK, and only counted (SHADOW_MODE).");
    private readonly Option<bool> _quota = Flag("--envoy-quota", "All limits are quotas: over only if all are (QUOTA_MODE).");
    private readonly Option<bool> _headers = Flag("--envoy-headers", "Answers have responseHeadersToAdd (LIMIT_RESPONSE_HEADERS_ENABLED).");
    private readonly Option<bool> _metadata = Flag("--envoy-metadata", "Answers have dynamicMetadata (RESPONSE_DYNAMIC_METADATA).");

    private readonly Option<bool> _allOrNone = Flag("--envoy-all-or-none", "A request that one limit refuses counts for no other (STOP_CACHE_KEY_INCREMENT_WHEN_OVERLIMIT).");

    private Option[] Flags => [_merges, _shadow, _quota, _headers, _metadata, _allOrNone];

    /// <summary>Adds them; the others without a configuration are an error.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_config, .. Flags])
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetResult(_config) is null && Flags.FirstOrDefault(flag => result.GetResult(flag) is { Implicit: false }) is { } alone)
            {
                result.AddError($"{alone.Name} goes with --envoy-config, which is missing.");
            }
        });
    }

    /// <summary>What was given; null for nothing.</summary>
    public EnvoyOptions? Read(ParseResult result) => result.GetValue(_config) is { } path
        ? new()
        {
            ConfigPath = path,
            MergesDomains = result.GetValue(_merges),
            IsShadow = result.GetValue(_shadow),
            IsQuota = result.GetValue(_quota),
            HasHeaders = result.GetValue(_headers),
            HasMetadata = result.GetValue(_metadata),
            CountsAllOrNone = result.GetValue(_allOrNone),
        }
        : null;

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description };
}
