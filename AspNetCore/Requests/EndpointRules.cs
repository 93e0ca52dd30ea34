using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.AspNetCore.Requests;

/// <summary>
/// Finds endpoints that name a rule that is not there, when the pipeline is built and before the server listens. Rules in this process are
/// known then, and the application does not start. A cluster's rules are somebody else's and may come later: their lack is logged,
/// whenever rules arrive and lack a name that was not missing before.
/// </summary>
internal sealed partial class EndpointRules(
    IServiceProvider services, IOptions<ThrottleMiddlewareOptions> options, ILogger<EndpointRules> log) : IStartupFilter
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        if (options.Value.ChecksRulesAtStart && app.ApplicationServices.GetService<EndpointDataSource>() is { } source)
        {
            Check(source.Endpoints);
        }
    };

    private void Check(IReadOnlyList<Endpoint> endpoints)
    {
        var named = endpoints
            .Select(endpoint => (Endpoint: endpoint, endpoint.Metadata.GetMetadata<IThrottleMetadata>()?.Rule))
            .Where(pair => pair.Rule is not null)
            .ToLookup(pair => pair.Rule!, pair => pair.Endpoint.DisplayName ?? "without a name");
        if (named.Count == 0 || services.GetService<IThrottle>() is not { } throttle)
        {
            return;
        }

        if (throttle.AnswersAtOnce)
        {
            ThrowIfMissing(throttle, named);
        }

        if (services.GetService<IRules>() is { } rules)
        {
            Follow(rules, named);
        }
    }

    private static void ThrowIfMissing(IThrottle throttle, ILookup<string, string> named)
    {
        var faults = named
            .Select(endpoints => (Endpoints: endpoints, Unknown: Ask(throttle, endpoints.Key)))
            .Where(pair => pair.Unknown is not null)
            .SelectMany(pair => pair.Endpoints.Select(endpoint => Fault(endpoint, pair.Unknown!)))
            .ToList();
        if (faults.Count > 0)
        {
            throw new InvalidOperationException(string.Join(Environment.NewLine, faults));
        }
    }

    /// <summary>What a throttle in this process says to a rule's name; null where it knows the rule.</summary>
    private static UnknownRuleException? Ask(IThrottle throttle, string rule)
    {
        try
        {
            var peek = throttle.PeekAsync(new ThrottleRequest([]) { Rule = rule, Cost = 0 }, CancellationToken.None);
            _ = peek.IsCompleted ? peek.GetAwaiter().GetResult() : null;
        }
        catch (UnknownRuleException e)
        {
            return e;
        }
        catch (ArgumentException)
        {
            // The rule is there, and wants an attribute that only requests have.
        }

        return null;
    }

    private void Follow(IRules rules, ILookup<string, string> named)
    {
        rules.Changed += set => Warn(set, named);
        try
        {
            Warn(rules.Current, named);
        }
        catch (InvalidOperationException)
        {
            // A cluster's rules are not known yet; they are announced when they have come.
        }
    }

    private void Warn(RuleSet rules, ILookup<string, string> named)
    {
        lock (_gate)
        {
            foreach (var endpoints in named)
            {
                if (rules.IndexOf(endpoints.Key) >= 0)
                {
                    _missing.Remove(endpoints.Key);
                }
                else if (_missing.Add(endpoints.Key))
                {
                    var unknown = new UnknownRuleException(endpoints.Key, rules);
                    foreach (var endpoint in endpoints)
                    {
                        LogMissing(log, Fault(endpoint, unknown));
                    }
                }
            }
        }
    }

    private static string Fault(string endpoint, UnknownRuleException unknown) =>
        $"Endpoint '{endpoint}': {unknown.Message}{Nearest.Hint(unknown.RuleId, unknown.Rules.Rules.Select(rule => rule.Id))}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Fault} Its requests fail until the rule is there.")]
    private static partial void LogMissing(ILogger logger, string fault);
}
