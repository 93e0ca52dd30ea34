using Microsoft.Extensions.Logging.Abstractions;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Interfaces.Rules;
using Throttle.Tests.Cluster.Harness;

namespace Throttle.Tests.Cluster.Rules;

/// <summary>The rules as one process knows them, with a grain whose answers the test gives.</summary>
public sealed class ClusterRulesTests
{
    private readonly Queue<Func<ValueTask<RuleSetWire>>> _answers = [];
    private RuleSetWire _cluster = Version(1);

    [Fact]
    public async Task Ensure_NewerRulesCameWhileItFetched_IsNoFailure()
    {
        using var rules = new ClusterRules(
            Fake.Of<IGrainFactory>(_ => Fake.Of<IRuleGrain>(Answer)), new(), new VirtualTimeProvider(DateTimeOffset.UnixEpoch), NullLogger<ClusterRules>.Instance);
        await rules.StartAsync(seed: null, CancellationToken.None);
        var (asked, late) = (new TaskCompletionSource(), new TaskCompletionSource<RuleSetWire>());
        _answers.Enqueue(() =>
        {
            asked.SetResult();
            return new(late.Task);
        });
        var ensuring = rules.EnsureAsync(2, CancellationToken.None).AsTask();
        await asked.Task;

        // Two edits come here while that answer is on its way, and then it comes.
        await rules.ReplaceAsync([]);
        await rules.ReplaceAsync([]);
        late.SetResult(Version(2));

        Assert.True(await ensuring);
        Assert.Equal(3, rules.Current.Version);
        _cluster = Version(4);
        Assert.True(await rules.EnsureAsync(4, CancellationToken.None));
        Assert.Null(rules.UnreachableFor);
        await rules.StopAsync();
    }

    private static RuleSetWire Version(long version) => new(version, []);

    /// <summary>Answers for the grain. A long poll hears nothing, an edit makes the next version, and a read gets the present one.</summary>
    private object Answer(object?[] args) => args switch
    {
        [long, CancellationToken stopping] => new ValueTask<RuleSetWire?>(NeverAsync(stopping)),
        [RuleWire[], _, CancellationToken] => new ValueTask<RuleEditReply>(new RuleEditReply(IsConflict: false, _cluster = Version(_cluster.Version + 1))),
        [RuleSetWire, CancellationToken] => throw new InvalidOperationException("The cluster has lost nothing, and is offered rules."),
        _ => _answers.TryDequeue(out var next) ? next() : new ValueTask<RuleSetWire>(_cluster),
    };

    private static async Task<RuleSetWire?> NeverAsync(CancellationToken stopping)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
        return null;
    }
}
