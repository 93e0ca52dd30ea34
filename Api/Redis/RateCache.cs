namespace Throttle.Api.Redis;

/// <summary>The limits that were named lately, so that each is one object. Of bounded size, safe from any number of threads.</summary>
internal sealed class RateCache
{
    // A place for each hash: two limits that share one take turns, which costs an allocation and nothing else.
    private const int Places = 1024;

    private readonly RateNumbers?[] _places = new RateNumbers?[Places];

    /// <summary>The limit of these numbers, which are within their ranges.</summary>
    public RateNumbers Get(long burst, long count, long periodTicks)
    {
        ref var place = ref _places[HashCode.Combine(burst, count, periodTicks) & (Places - 1)];
        var found = Volatile.Read(ref place);
        if (found is null || found.Burst != burst || found.Count != count || found.PeriodTicks != periodTicks)
        {
            found = new(burst, count, periodTicks);
            Volatile.Write(ref place, found);
        }

        return found;
    }
}
