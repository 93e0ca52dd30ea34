using Throttle.Core;

namespace Throttle.Cli.Replay;

/// <summary>
/// Leases that replayed requests were granted, for the recorded returns that end them. A recording holds no leases of this
/// replay, so a return ends the oldest one that a request with the same attributes and cost was granted.
/// </summary>
internal sealed class HeldLeases
{
    private const int FirstSweep = 1024;

    private readonly Dictionary<string, Queue<(string Lease, DateTimeOffset ExpiresAt)>> _byRequest = new(StringComparer.Ordinal);
    private int _nextSweep = FirstSweep;

    /// <summary>How many are remembered: twice those that live, or 1,024, at most.</summary>
    public int Count { get; private set; }

    /// <summary>Remembers a lease until it ends by itself.</summary>
    public void Add(in ThrottleRequest request, string lease, DateTimeOffset expiresAt, DateTimeOffset now)
    {
        if (++Count >= _nextSweep)
        {
            Sweep(now);
        }

        var name = Name(request);
        if (!_byRequest.TryGetValue(name, out var leases))
        {
            _byRequest[name] = leases = new Queue<(string, DateTimeOffset)>();
        }

        leases.Enqueue((lease, expiresAt));
    }

    /// <summary>Takes the oldest lease that is still held, or null.</summary>
    public string? Take(in ThrottleRequest request, DateTimeOffset now)
    {
        if (_byRequest.TryGetValue(Name(request), out var leases))
        {
            while (leases.TryDequeue(out var oldest))
            {
                Count--;
                if (oldest.ExpiresAt > now)
                {
                    return oldest.Lease;
                }
            }
        }

        return null;
    }

    private static string Name(in ThrottleRequest request)
    {
        var parts = new string[(request.Attributes.Count * 2) + 1];
        parts[0] = request.Cost.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var i = 1;
        foreach (var (name, value) in request.Attributes.OrderBy(item => item.Name, StringComparer.Ordinal))
        {
            parts[i++] = name;
            parts[i++] = value;
        }

        return BucketKey.Of(parts);
    }

    /// <summary>Forgets what has ended, so that memory is bounded by the leases that live.</summary>
    private void Sweep(DateTimeOffset now)
    {
        Count = 0;
        foreach (var (name, leases) in _byRequest.ToArray())
        {
            for (var i = leases.Count; i > 0; i--)
            {
                var lease = leases.Dequeue();
                if (lease.ExpiresAt > now)
                {
                    leases.Enqueue(lease);
                }
            }

            Count += leases.Count;
            if (leases.Count == 0)
            {
                _byRequest.Remove(name);
            }
        }

        _nextSweep = Math.Max(FirstSweep, 2 * Count);
    }
}
