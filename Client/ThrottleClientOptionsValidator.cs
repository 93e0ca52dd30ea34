using Microsoft.Extensions.Options;
using Throttle.Core;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Client;

/// <summary>Finds every setting that is out of range.</summary>
internal sealed class ThrottleClientOptionsValidator : IValidateOptions<ThrottleClientOptions>
{
    private const int MinCachedGrains = 2;
    private const int MaxCachedGrains = 100_000_000;

    public ValidateOptionsResult Validate(string? name, ThrottleClientOptions options)
    {
        var faults = new List<string>();
        Check(faults, nameof(options.Timeout), options.Timeout, ThrottleClientOptions.MinTimeout, ThrottleClientOptions.MaxTimeout);
        Check(faults, nameof(options.MaxCachedGrains), options.MaxCachedGrains, MinCachedGrains, MaxCachedGrains);
        Check(
            faults,
            nameof(options.RulesPollInterval),
            options.RulesPollInterval,
            ClusterRulesOptions.MinPollInterval,
            ClusterRulesOptions.MaxPollInterval);
        if (!Enum.IsDefined(options.Unmatched))
        {
            faults.Add($"{nameof(options.Unmatched)} is {options.Unmatched}; use one of {string.Join(", ", Enum.GetNames<UnmatchedRequests>())}.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void Check<T>(List<string> faults, string name, T value, T min, T max)
        where T : IComparable<T>
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
        {
            faults.Add(FormattableString.Invariant($"{name} is {value}; use {min} to {max}."));
        }
    }
}
