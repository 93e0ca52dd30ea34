using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.AspNetCore.Configuration;

/// <summary>A throttle in the application's own process, with rules from its configuration.</summary>
public static partial class ThrottleServices
{
    /// <summary>
    /// Adds <see cref="IThrottle"/> and <see cref="IRules"/> with the rules of a section: <c>Rules</c>, a list with the fields of rule
    /// files, and the options <c>MaxBuckets</c> and <c>Unmatched</c>. When the configuration is reloaded, its rules come into force;
    /// faulty ones change nothing and are logged. The options are read once.
    /// </summary>
    /// <param name="services">The application's services. Its <see cref="TimeProvider"/> is used where there is one.</param>
    /// <param name="section">The section, such as <c>configuration.GetSection("Throttle")</c>; from files, environment or any other source.</param>
    /// <exception cref="InvalidRulesException">Something is wrong; every fault is listed with its configuration key, such as <c>Throttle:Rules:0:limit:capacity</c>.</exception>
    public static IServiceCollection AddThrottle(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        var (rules, options) = ThrottleConfiguration.Read(section);
        services.TryAddSingleton<IRules>(provider => new ConfiguredRules(section, rules, provider.GetRequiredService<ILogger<ConfiguredRules>>()));
        services.TryAddSingleton<IThrottle>(provider =>
        {
            var log = provider.GetRequiredService<ILogger<LocalThrottle>>();
            return new LocalThrottle(provider.GetRequiredService<IRules>(), options with
            {
                TimeProvider = provider.GetService<TimeProvider>() ?? TimeProvider.System,
                OnUnmatched = sentence => LogUnmatched(log, sentence),
            });
        });
        return services;
    }

    [LoggerMessage(1, LogLevel.Warning, "{Sentence}")]
    private static partial void LogUnmatched(ILogger log, string sentence);
}
