namespace Throttle.Core.Rules;

/// <summary>
/// Rules in memory. The version starts at 1 unless another is given and grows by one with each edit. Safe from any number
/// of threads.
/// </summary>
/// <remarks>
/// <see cref="Changed"/> is raised on the editing thread, one set at a time and in the order of versions. A handler may edit
/// the rules itself; that set is announced next. A handler must not throw.
/// </remarks>
public sealed class LocalRules : IRules
{
    private readonly Lock _gate = new();
    private readonly Queue<RuleSet> _unannounced = new();
    private volatile RuleSet _current;
    private bool _isAnnouncing;

    /// <summary>Starts with these rules.</summary>
    /// <param name="rules">The rules, in order.</param>
    /// <param name="version">The version they carry, 0 or more.</param>
    /// <exception cref="InvalidRulesException">The rules are faulty; all faults are listed.</exception>
    public LocalRules(IEnumerable<Rule> rules, long version = 1) => _current = new RuleSet(rules, version);

    /// <inheritdoc/>
    public event Action<RuleSet>? Changed;

    /// <inheritdoc/>
    public RuleSet Current => _current;

    /// <inheritdoc/>
    public ValueTask<RuleSet> ReplaceAsync(
        IReadOnlyList<Rule> rules, long? expectedVersion = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Replace(rules, expectedVersion));
    }

    /// <summary>As <see cref="ReplaceAsync"/>, at once.</summary>
    public RuleSet Replace(IReadOnlyList<Rule> rules, long? expectedVersion = null)
    {
        ArgumentNullException.ThrowIfNull(rules);
        lock (_gate)
        {
            var version = _current.Version;
            if (expectedVersion is { } expected && expected != version)
            {
                throw new RuleVersionConflictException(expected, version);
            }

            var next = new RuleSet(rules, version + 1);
            _current = next;
            _unannounced.Enqueue(next);
            Announce();
            return next;
        }
    }

    private void Announce()
    {
        if (_isAnnouncing)
        {
            return;
        }

        _isAnnouncing = true;
        try
        {
            while (_unannounced.TryDequeue(out var set))
            {
                Changed?.Invoke(set);
            }
        }
        finally
        {
            _isAnnouncing = false;
        }
    }
}
