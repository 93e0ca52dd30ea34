using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Throttle.Core.Limiters;
using Throttle.Core.Local;

namespace Throttle.Core.Inline;

/// <summary>The spaces of one throttle in this process.</summary>
/// <remarks>
/// Their callers choose how long a bucket owes something, up to 400 days. So all of them together have one <see cref="BucketShare"/>:
/// rules always find some room for new keys.
/// </remarks>
internal sealed class InlineSpaces : IDisposable
{
    // At the maximum of buckets: looked through for something to forget at once.
    private const int MaxSpacesToSearch = 4;
    private const int PlacesToSearch = 16;
    private readonly LocalContext _context;
    private readonly BucketRoom _room;
    private readonly ConcurrentDictionary<string, InlineSpace> _spaces = new(StringComparer.Ordinal);
    private readonly Lock _adding = new();
    private volatile InlineSpace? _last;
    private volatile bool _isDisposed;
    private int _searches;

    public InlineSpaces(LocalContext context, BucketRoom room)
    {
        _room = room;
        _context = context with { TryForget = now => TrySweepSome(now, PlacesToSearch) > 0 || context.TryForget(now) };
    }

    /// <summary>How often there was no room for another bucket.</summary>
    public long Refused => _context.Room.Refused;

    /// <summary>The limits that the buckets share.</summary>
    public CheckedLimits<LimiterSpec> Limits { get; } = new(limit => limit);

    /// <summary>How many buckets each remembers, by the name that it is counted as.</summary>
    public IEnumerable<(string Name, int Count)> Counts() => _spaces.Values.Select(s => (InlineCall.CountedAs(s.Name), s.Count));

    /// <summary>The space of a call.</summary>
    /// <exception cref="ArgumentException">The space or the key is out of range, or there are too many spaces.</exception>
    /// <exception cref="ObjectDisposedException">The throttle is disposed.</exception>
    public InlineSpace Of(in InlineCall call)
    {
        var last = _last;
        return last is not null && ReferenceEquals(last.Name, call.Space) ? last : FindOrMake(call);
    }

    /// <summary>Forgets what equals new.</summary>
    /// <returns>How many buckets are left.</returns>
    public long Sweep(long now) => _spaces.Values.Sum(s => (long)s.Sweep(now));

    /// <summary>Looks at some buckets of some spaces and forgets what equals new, without waiting for any lock.</summary>
    /// <returns>How many were forgotten.</returns>
    public int TrySweepSome(long now, int places)
    {
        var spaces = _spaces.Values.ToArray();
        var start = Interlocked.Increment(ref _searches);
        var forgotten = 0;
        for (var i = 0; i < Math.Min(spaces.Length, MaxSpacesToSearch) && forgotten == 0; i++)
        {
            forgotten = spaces[(int)(unchecked((uint)(start + i)) % (uint)spaces.Length)].TrySweepSome(now, places);
        }

        return forgotten;
    }

    public void Dispose()
    {
        _isDisposed = true;
        _spaces.Clear();
        _last = null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private InlineSpace FindOrMake(in InlineCall call)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(LocalThrottle));
        if (call.Space is not null && _spaces.TryGetValue(call.Space, out var found))
        {
            // One string object a front is the rule; where there are several fronts each is found by its name.
            _last = found;
            return found;
        }

        call.CheckNames();
        lock (_adding)
        {
            if (_spaces.Count >= InlineCall.MaxSpaces && !_spaces.ContainsKey(call.Space!))
            {
                throw new ArgumentException($"The space '{call.Space}' would be one more than {InlineCall.MaxSpaces}, the most that there may be.", nameof(call));
            }

            _room.IsShared = true;
            return _spaces.GetOrAdd(call.Space!, static (name, spaces) => new(name, spaces._context, spaces.Limits), this);
        }
    }
}
