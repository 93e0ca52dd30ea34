using Throttle.Core;

namespace Throttle.Tests.Cluster.Harness;

/// <summary>Callers that ask again and again for one permit of each of some keys, and count what they were granted.</summary>
internal sealed class Load : IAsyncDisposable
{
    // Without a pause the callers would take the processors from the silos.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _callers;
    private readonly long[] _admitted;
    private long _answered;

    /// <summary>Starts some callers for each throttle; their requests have the attribute <c>user</c>, 0 up to the number of users.</summary>
    public Load(IEnumerable<IThrottle> throttles, int callersEach = 4, int users = 1)
    {
        _admitted = new long[users];
        _callers = [.. throttles.SelectMany(t => Enumerable.Range(0, callersEach).Select(c => Task.Run(() => AskAsync(t, c))))];
    }

    /// <summary>Calls answered so far.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Returns once so many more calls were answered.</summary>
    public Task AnsweredMoreAsync(int count)
    {
        var wanted = Answered + count;
        return Contracts.Eventually.IsTrueAsync(() => Answered >= wanted, $"{wanted} calls are answered, not {Answered}");
    }

    /// <summary>Ends it.</summary>
    /// <returns>What was admitted, by user.</returns>
    public async Task<long[]> StopAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_callers);
        return _admitted;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task AskAsync(IThrottle throttle, int user)
    {
        while (!_stopping.IsCancellationRequested)
        {
            user = (user + 1) % _admitted.Length;
            if ((await throttle.AcquireAsync([("user", $"{user}")])).IsAllowed)
            {
                Interlocked.Increment(ref _admitted[user]);
            }

            Interlocked.Increment(ref _answered);
            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
