namespace Throttle.AspNetCore.Outgoing;

/// <summary>Until when APIs want to be left alone. A hold that is over is forgotten.</summary>
internal sealed class Holds
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _until = new(StringComparer.Ordinal);

    /// <summary>How long an API's calls are held back from now on; zero for not at all.</summary>
    /// <param name="api">The API.</param>
    /// <param name="now">The present, in ticks.</param>
    public long LeftOf(string api, long now)
    {
        lock (_gate)
        {
            return _until.TryGetValue(api, out var until) ? Math.Max(0, until - now) : 0;
        }
    }

    /// <summary>Holds an API's calls back; of two holds the longer one counts.</summary>
    public void Hold(string api, long now, long until)
    {
        lock (_gate)
        {
            foreach (var (over, _) in _until.Where(hold => hold.Value <= now).ToList())
            {
                _until.Remove(over);
            }

            _until[api] = Math.Max(until, _until.GetValueOrDefault(api));
        }
    }
}
