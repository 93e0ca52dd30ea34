using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Throttle.Core.Rules;

namespace Throttle.AspNetCore.Configuration;

/// <summary>The rules of a configuration. When it is reloaded they come into force, unless they are faulty: then those before stay, and the log says so.</summary>
internal sealed partial class ConfiguredRules : IRules, IDisposable
{
    private readonly LocalRules _rules;
    private readonly IConfiguration _section;
    private readonly ILogger _log;
    private readonly IDisposable _reloading;

    public ConfiguredRules(IConfiguration section, IReadOnlyList<Rule> rules, ILogger<ConfiguredRules> log)
    {
        (_section, _rules, _log) = (section, new(rules), log);
        _reloading = ChangeToken.OnChange(section.GetReloadToken, Reload);
    }

    /// <inheritdoc/>
    public event Action<RuleSet>? Changed
    {
        add => _rules.Changed += value;
        remove => _rules.Changed -= value;
    }

    /// <inheritdoc/>
    public RuleSet Current => _rules.Current;

    /// <inheritdoc/>
    public ValueTask<RuleSet> ReplaceAsync(IReadOnlyList<Rule> rules, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
        _rules.ReplaceAsync(rules, expectedVersion, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _reloading.Dispose();

    private void Reload()
    {
        try
        {
            var (rules, _) = ThrottleConfiguration.Read(_section);
            if (!rules.SequenceEqual(Current.Rules))
            {
                LogInForce(_log, _rules.Replace(rules).Version, rules.Count);
            }
        }
        catch (InvalidRulesException e)
        {
            LogFaulty(_log, Current.Version, e.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The rules of the configuration are in force: version {Version}, {Count} rules")]
    private static partial void LogInForce(ILogger log, long version, int count);

    [LoggerMessage(2, LogLevel.Warning, "The configuration was reloaded and is faulty, so version {Version} of the rules stays in force: {Faults}")]
    private static partial void LogFaulty(ILogger log, long version, string faults);
}
