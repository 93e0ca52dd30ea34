namespace Throttle.Api.Envoy;

/// <summary>The answer to a request.</summary>
/// <param name="IsOver">Whether the request is over its limits.</param>
/// <param name="Statuses">What each descriptor is told, in order.</param>
/// <param name="Nearest">The status that header fields speak of; null where none has a limit.</param>
/// <param name="IsShadowed">Whether it would be over but for the global shadow mode.</param>
internal sealed record EnvoyVerdict(bool IsOver, EnvoyStatus[] Statuses, EnvoyStatus? Nearest, bool IsShadowed)
{
    /// <summary>
    /// Over if a descriptor is over that is no quota, or if all quotas are, of which there must be one. Of a rule in shadow mode
    /// no status is over.
    /// </summary>
    public static EnvoyVerdict Of(EnvoyPlan plan, EnvoyStatus[] statuses, bool isShadow, bool isQuota)
    {
        var (isOver, quotas, quotasOver) = (false, 0, 0);
        EnvoyStatus? nearest = null;
        for (var i = 0; i < statuses.Length; i++)
        {
            var status = statuses[i];
            if (status.Limit is not null && (nearest is not { } other || status.Remaining < other.Remaining))
            {
                nearest = status;
            }

            if (plan.IsUnlimited[i])
            {
                continue;
            }

            if (isQuota || plan.Matches[i]?.Limit.IsQuota == true)
            {
                quotas++;
                quotasOver += status.IsOver ? 1 : 0;
            }
            else if (status.IsOver)
            {
                (isOver, nearest) = (true, status);
            }
        }

        isOver |= quotas > 0 && quotas == quotasOver;
        return new EnvoyVerdict(isOver && !isShadow, statuses, nearest, isOver && isShadow);
    }
}
