using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;
using Orleans.Runtime.Placement;
using Orleans.Storage;
using Orleans.TestingHost;
using Throttle.Client;
using Throttle.Core;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Membership;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Harness;

/// <summary>
/// A cluster of real silos in one process, with the grain directory of production, on a clock that stands still until a test
/// moves it, and with an external client.
/// </summary>
public sealed class ThrottleCluster : IAsyncDisposable
{
    // Longer than any bucket of the tests needs to be new.
    private static readonly TimeSpan LongEnough = TimeSpan.FromDays(100);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<IServiceProvider, CountedThrottle> _throttles = [];

    private ThrottleCluster(InProcessTestCluster host, ClusterSetup setup, VirtualTimeProvider time, CallWatch calls) =>
        (Host, Setup, Time, Calls) = (host, setup, time, calls);

    public InProcessTestCluster Host { get; }

    public ClusterSetup Setup { get; }

    public VirtualTimeProvider Time { get; }

    public CallWatch Calls { get; }

    public TestStorage Storage => Setup.Storage;

    /// <summary>The external client.</summary>
    public IClusterClient Client => Host.Client;

    /// <summary>The throttle of the external client.</summary>
    public IThrottle Throttle => ThrottleOf(Client.ServiceProvider);

    /// <summary>The queues of work, as the external client knows them.</summary>
    public IWorkQueues Queues => Client.ServiceProvider.GetRequiredService<IWorkQueues>();

    /// <summary>The rules as the external client knows and edits them.</summary>
    public IRules Rules => Client.ServiceProvider.GetRequiredService<IRules>();

    public IReadOnlyList<InProcessSiloHandle> Silos => Host.Silos;

    public static async Task<ThrottleCluster> StartAsync(ClusterSetup? setup = null)
    {
        setup ??= new();
        var time = new VirtualTimeProvider(setup.Start);
        var calls = new CallWatch();
        var builder = new InProcessTestClusterBuilder(setup.Silos);
        builder.Options.ConfigureFileLogging = false;
        builder.Options.UseDistributedGrainDirectory = true;
        builder.ConfigureSilo((options, silo) =>
            ConfigureSilo(silo, setup, new TestClock(time, setup.ClockOffset(options.SiloName)), calls));
        builder.ConfigureClient(client =>
        {
            UseClock(client.Services, new(time));
            client.AddOutgoingGrainCallFilter(calls);
            client.Services.AddThrottleClient(o => o.Timeout = setup.Timeout);
        });

        var host = builder.Build();
        await EndsAsync(host.DeployAsync(), "the cluster to start");
        return new(host, setup, time, calls);
    }

    /// <summary>The throttle inside a silo.</summary>
    public IThrottle ThrottleOf(InProcessSiloHandle silo) => ThrottleOf(silo.ServiceProvider);

    /// <summary>The rules as a silo knows them.</summary>
    public static IRules RulesOf(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<IRules>();

    /// <summary>A silo's clock.</summary>
    public static TestClock ClockOf(InProcessSiloHandle silo) => ClockOf(silo.ServiceProvider);

    /// <summary>The throttles of the external client and of every silo.</summary>
    public IReadOnlyList<IThrottle> Everywhere() => [Throttle, .. Silos.Select(ThrottleOf)];

    /// <summary>Puts rules in force with nothing used, whatever was before.</summary>
    public async Task UseAsync(params Rule[] rules)
    {
        await AdvanceAsync(LongEnough);
        await EndBucketsAsync();
        await Rules.ReplaceAsync(rules);
        await EveryoneHasAsync(Rules.Current.Version);
    }

    /// <summary>Ends every bucket's activation, as if it were collected.</summary>
    public async Task EndBucketsAsync()
    {
        foreach (var type in Wire.WireTypes.Grains.Select(Types.GetGrainType).Where(t => t.ToString() != "throttle-rules"))
        {
            var buckets = await Client.GetGrain<IManagementGrain>(0).GetActiveGrains(type);
            await EndsAsync(Task.WhenAll(buckets.Select(Host.DeactivateAsync)), $"the grains of the type {type} to end");
        }
    }

    /// <summary>Returns once every silo works with these rules.</summary>
    public Task EveryoneHasAsync(long version) =>
        Eventually.IsTrueAsync(() => Silos.All(s => RulesOf(s).Current.Version >= version), $"every silo has version {version} of the rules");

    /// <summary>Kills a silo, and returns once every other has noticed: the clock may be moved then, and the loss was before.</summary>
    public async Task KillAsync(InProcessSiloHandle victim)
    {
        await Host.KillSiloAsync(victim);
        await Eventually.IsTrueAsync(() => Silos.Where(s => s != victim).All(HasNoticed), $"{victim.Name} counts as dead everywhere");

        bool HasNoticed(InProcessSiloHandle other) =>
            other.ServiceProvider.GetRequiredService<IClusterMembershipService>().CurrentSnapshot.GetSiloStatus(victim.SiloAddress) == SiloStatus.Dead
            && other.ServiceProvider.GetRequiredService<ClusterLosses>().LatestLoss > 0;
    }

    /// <summary>Moves the clock, once everything that was asked before has arrived.</summary>
    public async Task AdvanceAsync(TimeSpan duration)
    {
        await SettleAsync();
        Time.Advance(duration);
    }

    /// <summary>Returns once a silo has set a timer for an instant, so that the clock may be moved there.</summary>
    public Task ArmedAsync(long instant) => Eventually.IsTrueAsync(
        () => Silos.Any(s => ClockOf(s).IsArmedFor(instant)), $"a timer is set for {new DateTime(instant, DateTimeKind.Utc):O}");

    /// <summary>Returns once every call has been answered, or is held by a bucket until its turn.</summary>
    public Task SettleAsync() => Eventually.IsTrueAsync(
        () => Calls.IsQuiet && Storage.UnderWay == 0 && Acquiring <= Calls.HeldInBuckets + CallersWithTurns,
        "every call is answered or waits for its turn");

    private int Acquiring => _throttles.Values.Sum(t => t.UnderWay);

    private int CallersWithTurns => _throttles.Values.Sum(t => t.Clock.Turns);

    /// <summary>The bucket's grain, as the external client calls it.</summary>
    public IBucketGrain Bucket(string ruleId, string key = "") =>
        Client.GetBucketGrain(Rules.Current.Rules.Single(r => r.Id == ruleId).Limit, ruleId, key);

    /// <summary>Makes a bucket that is not there yet live on a silo.</summary>
    public Task PlaceAsync(InProcessSiloHandle silo, string ruleId, string key = "") => Eventually.IsTrueAsync(
        async () =>
        {
            RequestContext.Set(IPlacementDirector.PlacementHintKey, silo.SiloAddress);
            await Bucket(ruleId, key).PeekAsync(rulesVersion: Rules.Current.Version);
            RequestContext.Clear();
            if (await SiloOfAsync(ruleId, key) == silo.SiloAddress)
            {
                return true;
            }

            // The others may not have heard yet that it joined. One that is as new is dropped, where others move on.
            await Bucket(ruleId, key).ResetAsync();
            await Host.DeactivateAsync(Bucket(ruleId, key));
            return false;
        },
        $"the bucket {key} of {ruleId} lives on {silo.Name}");

    /// <summary>Where a bucket lives; null where it does not.</summary>
    public async Task<SiloAddress?> SiloOfAsync(string ruleId, string key = "") =>
        await Client.GetGrain<IManagementGrain>(0).GetActivationAddress(Bucket(ruleId, key));

    public async ValueTask DisposeAsync()
    {
        Storage.Break(null);
        Storage.Release();
        Setup.Stop.Open();
        await EndsAsync(Host.StopClusterClientAsync(), "the external client to stop");
        foreach (var silo in Silos)
        {
            await EndsAsync(Host.StopSiloAsync(silo), $"{silo.Name} to stop");
        }

        await EndsAsync(Host.DisposeAsync().AsTask(), "the cluster to end");
    }

    private static async Task EndsAsync(Task task, string what)
    {
        try
        {
            await task.WaitAsync(Patience, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Waited {Patience} for {what}.");
        }
    }

    private GrainTypeResolver Types => Silos[0].ServiceProvider.GetRequiredService<GrainTypeResolver>();

    private CountedThrottle ThrottleOf(IServiceProvider services) => _throttles.GetOrAdd(
        services, s => new(s.GetRequiredService<IThrottle>(), ClockOf(s), Calls));

    private static TestClock ClockOf(IServiceProvider services) =>
        (TestClock)services.GetRequiredKeyedService<TimeProvider>(TimeProviderNames.Grains);

    private static void ConfigureSilo(ISiloBuilder silo, ClusterSetup setup, TestClock clock, CallWatch calls)
    {
        UseClock(silo.Services, clock);
        silo.AddIncomingGrainCallFilter(calls);
        silo.AddOutgoingGrainCallFilter(calls);
        silo.Services.AddKeyedSingleton<IGrainStorage>("throttle", setup.Storage);
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(setup.Stop);
        if (setup.Processor is { } processor)
        {
            silo.Services.AddSingleton(processor);
        }

        setup.Services(silo.Services);
        silo.AddThrottleGrains(options =>
        {
            options.FirstRules = new RuleSet(setup.Rules);
            setup.Buckets(options);
        });
        silo.Services.AddThrottleClient(o => o.Timeout = setup.Timeout);
    }

    // Silos watch one another in real time; only what belongs to the buckets stands still.
    private static void UseClock(IServiceCollection services, TestClock clock) =>
        services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Grains, clock);
}
