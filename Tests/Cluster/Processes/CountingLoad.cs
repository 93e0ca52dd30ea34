using System.Collections.Concurrent;
using Throttle.Core;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Processes;

/// <summary>One caller for each attribute and user, asking again and again for one permit, and counting the answers.</summary>
internal sealed class CountingLoad : IAsyncDisposable
{
    // Without a pause the callers would take the processors from the silos.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly ConcurrentDictionary<(string Attribute, int User), LoadCount> _counts = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _callers;

    public CountingLoad(IThrottle throttle, string[] attributes, int users) => _callers =
    [
        .. from attribute in attributes
           from user in Enumerable.Range(0, users)
           select Task.Run(() => AskAsync(throttle, attribute, user)),
    ];

    /// <summary>Returns once each caller has had so many more answers, and, where permits are scarce, has been refused.</summary>
    public async Task EveryoneAnsweredMoreAsync(int count)
    {
        await Eventually.IsTrueAsync(() => _counts.Count == _callers.Length, "each caller has an answer");
        var before = _counts.ToDictionary(c => c.Key, c => c.Value);
        await Eventually.IsTrueAsync(
            () => before.All(b => _counts[b.Key] is var now && now.Answered >= b.Value.Answered + count && now.Refused > b.Value.Refused),
            $"each caller has {count} more answers; now they have {string.Join(", ", _counts)}");
    }

    /// <summary>Ends it.</summary>
    public async Task<IReadOnlyDictionary<(string Attribute, int User), LoadCount>> StopAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_callers);
        return _counts;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task AskAsync(IThrottle throttle, string attribute, int user)
    {
        var count = default(LoadCount);
        while (!_stopping.IsCancellationRequested)
        {
            count = count.With(await throttle.AcquireAsync([(attribute, $"{user}")]));
            _counts[(attribute, user)] = count;
            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
