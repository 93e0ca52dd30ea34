using Throttle.Core.Rules.Patterns;

namespace Throttle.Core.Rules;

internal sealed partial class RuleCheck
{
    private void CheckDelivery(Delivery? deliver, LimiterSpec? limit)
    {
        if (deliver is null)
        {
            return;
        }

        if (limit is not (QueueSpec or null))
        {
            Add("deliver", $"deliver goes with the algorithm queue, not with {limit.Algorithm}");
        }

        if (deliver.Url is { } url)
        {
            CheckUrl(url);
        }

        if (deliver.Attempts is < 1 or > Delivery.MaxAttempts)
        {
            Add("deliver.attempts", $"attempts is {deliver.Attempts}; use 1 to {Delivery.MaxAttempts}");
        }

        CheckSpan("timeout", deliver.TimeoutTicks, Delivery.MinTimeoutTicks, Delivery.MaxTimeoutTicks);
        CheckSpan("backoff", deliver.BackoffTicks, Delivery.MinBackoffTicks, Delivery.MaxBackoffTicks);
    }

    private void CheckUrl(string url)
    {
        if (url.Length is 0 or > Delivery.MaxUrlLength)
        {
            Add("deliver.url", $"the url has {url.Length} characters; use 1 to {Delivery.MaxUrlLength}");
        }
        else if (url.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
        {
            // The URI's reader would drop some of them, and encode others, in silence.
            Add("deliver.url", $"the url is '{PatternText.Shorten(url)}', which holds blanks or control characters; write them as %20 and the like, or leave them out");
        }
        else if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            Add("deliver.url", $"the url is '{PatternText.Shorten(url)}'; use an absolute one that begins with http:// or https://");
        }
        else if (uri.UserInfo.Length > 0)
        {
            Add("deliver.url", "the url holds a user name or a password, which everybody sees who may see the rules; leave them out");
        }
    }

    private void CheckSpan(string field, long ticks, long least, long most)
    {
        if (ticks < least || ticks > most)
        {
            Add($"deliver.{field}", $"{field} is {Show(ticks)}; use {Show(least)} to {Show(most)}");
        }
    }
}
