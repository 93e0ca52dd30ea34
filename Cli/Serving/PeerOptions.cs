using System.CommandLine;
using Throttle.Api.Replication;

namespace Throttle.Cli.Serving;

/// <summary>The options of a node that shares buckets with others: all of them, or none.</summary>
internal sealed class PeerOptions
{
    private readonly Option<string?> _region = new("--region")
    {
        Description = "The node's name among its peers, unlike every other one's; [a-z0-9-].",
        HelpName = "NAME",
    };

    private readonly Option<string[]> _peers = new("--peers")
    {
        Description = "All other nodes that share the buckets of rules with 'replicate: true'.",
        HelpName = "URL",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
    };

    private readonly Option<string?> _token = new("--peer-token")
    {
        Description = "The token that these nodes show one another, the same on all.",
        HelpName = "TOKEN",
    };

    private Option[] All => [_region, _peers, _token];

    /// <summary>Adds them; some without the others are an error.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            var missing = All.Where(option => result.GetResult(option) is null).Select(option => option.Name).ToList();
            if (missing.Count is 1 or 2)
            {
                result.AddError($"--region, --peers and --peer-token go together; {string.Join(" and ", missing)} {(missing.Count == 1 ? "is" : "are")} missing.");
            }
        });
    }

    /// <summary>What was given; null for nothing.</summary>
    public ReplicationOptions? Read(ParseResult result) => result.GetValue(_region) is { } region
        ? new() { Region = region, Peers = result.GetValue(_peers) ?? [], Token = result.GetValue(_token) ?? "" }
        : null;
}
