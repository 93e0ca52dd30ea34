using Microsoft.Extensions.Options;

namespace Throttle.AspNetCore.Requests;

/// <summary>Finds everything that is wrong with the options at once.</summary>
internal sealed class ThrottleMiddlewareOptionsValidator : IValidateOptions<ThrottleMiddlewareOptions>
{
    public ValidateOptionsResult Validate(string? name, ThrottleMiddlewareOptions options)
    {
        var faults = new List<string>();
        if (options.MaxWait < TimeSpan.Zero || options.MaxWait > ThrottleMiddlewareOptions.LongestWait)
        {
            faults.Add($"MaxWait is {options.MaxWait}; use zero to {ThrottleMiddlewareOptions.LongestWait}.");
        }

        if (options.Proxies is null || options.User is null || options.Cost is null)
        {
            faults.Add("Proxies, User and Cost cannot be null; leave them out for their defaults.");
        }

        if (!Enum.IsDefined(options.ProxyFields))
        {
            faults.Add($"ProxyFields is {options.ProxyFields}; use Any, XForwarded or Forwarded.");
        }

        if (!Enum.IsDefined(options.LegacyFields))
        {
            faults.Add($"LegacyFields is {options.LegacyFields}; use None, Seconds or UnixTime.");
        }

        faults.AddRange(options.Headers.Where(header => !AttributeNames.IsToken(header))
            .Select(header => $"Headers has '{header}'; use names of header fields."));
        faults.AddRange(options.Headers.Where(AttributeNames.IsOwn)
            .Select(header => $"Headers has '{header}', which is the name of another attribute; give it another one by Attributes."));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
