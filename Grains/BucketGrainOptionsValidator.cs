using Microsoft.Extensions.Options;
using Throttle.Core.Limiters;

namespace Throttle.Grains;

/// <summary>Refuses options out of range, all faults at once.</summary>
internal sealed class BucketGrainOptionsValidator : IValidateOptions<BucketGrainOptions>
{
    public ValidateOptionsResult Validate(string? name, BucketGrainOptions options)
    {
        List<string> faults = [];
        if (options.BatchPermits is < 1 or > Limits.MaxPermits)
        {
            faults.Add($"BatchPermits is {options.BatchPermits}; use 1 to {Limits.MaxPermits}.");
        }

        if (options.FlushInterval < BucketGrainOptions.ShortestFlushInterval
            || options.FlushInterval > BucketGrainOptions.LongestFlushInterval)
        {
            faults.Add(
                $"FlushInterval is {options.FlushInterval}; use {BucketGrainOptions.ShortestFlushInterval} to "
                + $"{BucketGrainOptions.LongestFlushInterval}.");
        }

        if (options.MaxQueuedCalls is < 2 or > BucketGrainOptions.MostQueuedCalls)
        {
            faults.Add($"MaxQueuedCalls is {options.MaxQueuedCalls}; use 2 to {BucketGrainOptions.MostQueuedCalls}.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
