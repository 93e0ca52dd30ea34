using System.CommandLine;
using Throttle.Api.Webhooks;

namespace Throttle.Cli.Serving;

/// <summary>The options of a node that posts work to webhooks.</summary>
internal sealed class WebhookArguments
{
    private static readonly WebhookOptions Defaults = new();

    private readonly Option<long?> _max = CommonOptions.Number(
        "--webhook-max-deliveries", 1, WebhookOptions.MostDeliveries, Defaults.MaxDeliveries,
        "Deliveries to webhooks under way at once; others wait, and their time-out does not run.");

    private readonly Option<long?> _maxPerTarget = CommonOptions.Number(
        "--webhook-max-per-target", 1, WebhookOptions.MostDeliveries, Defaults.MaxDeliveriesPerTarget, "As above, to one scheme, host and port.");

    private readonly Option<string?> _secretFile = new("--webhook-secret-file")
    {
        Description = $"Signs deliveries to webhooks by the Standard Webhooks convention, with the secret in this file: {WebhookSecret.Range}.",
        HelpName = "PATH",
    };

    /// <summary>Adds them.</summary>
    public void AddTo(Command command)
    {
        command.Add(_max);
        command.Add(_maxPerTarget);
        command.Add(_secretFile);
    }

    /// <summary>What was given.</summary>
    /// <exception cref="IOException">The file of the secret cannot be read.</exception>
    /// <exception cref="ArgumentException">The file holds something else.</exception>
    public WebhookOptions Read(ParseResult result) => new()
    {
        MaxDeliveries = (int)(result.GetValue(_max) ?? Defaults.MaxDeliveries),
        MaxDeliveriesPerTarget = (int)(result.GetValue(_maxPerTarget) ?? Defaults.MaxDeliveriesPerTarget),
        Secret = result.GetValue(_secretFile) is { } path ? ReadSecret(path) : null,
    };

    private static WebhookSecret ReadSecret(string path)
    {
        try
        {
            return WebhookSecret.Read(path);
        }
        catch (ArgumentException e)
        {
            throw new CliException($"--webhook-secret-file: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"--webhook-secret-file: {FileError.Describe(path, e)}");
        }
    }
}
