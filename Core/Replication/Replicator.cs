using Throttle.Core.Local;

namespace Throttle.Core.Replication;

/// <summary>
/// Shares the buckets of rules that say <c>replicate</c> between nodes that cannot have one owner for each, such as regions far
/// apart: every node admits by itself and is charged for what the others have granted; see <see cref="ReplicatedTokenBucket"/>
/// for what that promises. It sends nothing itself: who has a way to the others asks for pages and hands pages in.
/// </summary>
/// <remarks>
/// <para>Give it to a <see cref="LocalThrottle"/> by <see cref="LocalThrottleOptions.Replicator"/>, one for each. Safe from any thread;
/// a decision waits for nothing here.</para>
/// <para>Each node tells every other one only what it has granted itself, and nothing on behalf of others. Counts are cumulative and
/// pages in order, so that a page that is lost, repeated or late changes nothing: the answer says where to go on. A bucket that
/// is as new is told of no more, and forgotten, so that what is remembered is bounded by the debts.</para>
/// <para>A node that begins knows nothing of what was granted before; it takes over no more of it than the others' buckets
/// are short of.</para>
/// </remarks>
public sealed class Replicator : IReplicationLog, IReplicationInbox
{
    private readonly OwnCounts _own = new();
    private readonly Dictionary<string, PeerCounts> _peers = new(StringComparer.Ordinal);
    private readonly Lock _receiving = new();
    private ISharedBuckets? _buckets;

    /// <summary>A node's part in the exchange.</summary>
    /// <param name="region">The node's name, which no other has: 1 to 100 of <c>[a-z0-9-]</c>.</param>
    /// <param name="incarnation">Tells this run of the node from every other one: an instant or a random number, 1 or more.</param>
    /// <exception cref="ArgumentException">The name or the number is out of range.</exception>
    public Replicator(string region, long incarnation)
    {
        if (ReplicationLimits.RegionFault(region) is { } fault)
        {
            throw new ArgumentException($"{char.ToUpperInvariant(fault[0])}{fault[1..]}.", nameof(region));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(incarnation, 1);
        (Region, Incarnation) = (region, incarnation);
    }

    /// <summary>The node's name.</summary>
    public string Region { get; }

    /// <summary>Which run of the node this is.</summary>
    public long Incarnation { get; }

    /// <summary>How many buckets the node has something to tell of.</summary>
    public int OwnCount => _own.Count;

    /// <summary>How many buckets of others are remembered.</summary>
    public int PeerCount
    {
        get
        {
            lock (_receiving)
            {
                return _peers.Values.Sum(peer => peer.Count);
            }
        }
    }

    /// <summary>The version of the last change; whoever has less has something to hear.</summary>
    public long Version => _own.Version;

    /// <summary>Called when a bucket has changed, by the thread that decides: it must not block. It comes once for each bucket until a page is read.</summary>
    public Action? Changed
    {
        get => _own.Changed;
        set => _own.Changed = value;
    }

    /// <inheritdoc/>
    public ReplicationPage ReadPage(long after, int maxEntries = ReplicationLimits.MaxEntries, int maxKeyLength = int.MaxValue) =>
        ReplicationPages.Read(
            _own, (Region, Incarnation), after, (maxEntries, maxKeyLength), entry => _buckets?.MissingOf(entry.Rule, entry.Key) ?? 0);

    /// <summary>Takes a page of another node.</summary>
    /// <returns>
    /// The version up to which everything of that node was heard now: where to go on. It is less than the page's where the page
    /// begins beyond it; then nothing was taken.
    /// </returns>
    /// <exception cref="ReplicationException">The nodes are not set up to exchange, or the page is of an earlier run; nothing has changed.</exception>
    /// <exception cref="InvalidOperationException">No throttle was given this.</exception>
    public ReplicationReceipt Receive(ReplicationPage page)
    {
        ArgumentNullException.ThrowIfNull(page);
        var buckets = _buckets ?? throw new InvalidOperationException("The replicator belongs to no throttle yet.");
        lock (_receiving)
        {
            var peer = PeerOf(page);
            var (news, unused) = peer.Take(page, buckets);
            return new(peer.Through, news, unused);
        }
    }

    ValueTask<ReplicationReceipt> IReplicationInbox.ReceiveAsync(ReplicationPage page, CancellationToken cancellationToken) => new(Receive(page));

    /// <summary>Forgets what has been repaid. To be called now and then, such as each minute.</summary>
    public void Sweep()
    {
        _own.Sweep(count => IsNew(count.Rule, count.Key));
        lock (_receiving)
        {
            foreach (var peer in _peers.Values)
            {
                peer.Sweep(IsNew);
            }
        }
    }

    internal void Attach(ISharedBuckets buckets)
    {
        if (Interlocked.CompareExchange(ref _buckets, buckets, null) is not null)
        {
            throw new InvalidOperationException("The replicator belongs to another throttle; make one for each.");
        }
    }

    internal void Count(string rule, string key, long consumed, long returned) => _own.Add(rule, key, consumed, returned);

    private bool IsNew(string rule, string key) => (_buckets?.MissingOf(rule, key) ?? 0) == 0;

    private PeerCounts PeerOf(ReplicationPage page)
    {
        if (string.Equals(page.Region, Region, StringComparison.Ordinal))
        {
            throw ReplicationException.OwnRegion(Region);
        }

        if (_peers.TryGetValue(page.Region, out var peer))
        {
            return peer;
        }

        if (_peers.Count >= ReplicationLimits.MaxRegions)
        {
            throw ReplicationException.OneTooMany(page.Region);
        }

        return _peers[page.Region] = new(page.Incarnation);
    }
}
