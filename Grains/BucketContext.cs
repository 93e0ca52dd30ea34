using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Queues;
using Throttle.Core.Replication;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces.Rules;
using Throttle.Grains.Membership;
using Throttle.Grains.Regions;

namespace Throttle.Grains;

/// <summary>What all buckets of a silo share, so that each holds one reference to it.</summary>
internal sealed partial class BucketContext(
    IServiceProvider services,
    ClusterRules rules,
    MonotonicClock clock,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider time,
    IOptions<BucketGrainOptions> options,
    ClusterLosses losses,
    SiloDrain drain,
    IClusterMembershipService membership,
    ILocalSiloDetails self,
    IGrainFactory grains,
    IGrainRuntime runtime,
    ThrottleInstruments instruments,
    OwnedBuckets owned,
    ILogger<BucketGrain> log)
{
    private readonly ConcurrentDictionary<BucketGrain, bool> _waitedFor = new();

    /// <summary>The name of the grain storage that buckets and rules are kept in.</summary>
    public const string StorageName = "throttle";

    public ClusterRules Rules { get; } = rules;

    /// <summary>The limits of buckets whose limits come with the calls; equal ones are one object.</summary>
    public CheckedLimits<LimiterSpec> InlineLimits { get; } = new(limit => limit);

    public MonotonicClock Clock { get; } = clock;

    /// <summary>What grain timers go by.</summary>
    public TimeProvider Time { get; } = time;

    public BucketGrainOptions Options { get; } = options.Value;

    public ClusterLosses Losses { get; } = losses;

    /// <summary>Cancelled when the silo begins to stop.</summary>
    public CancellationToken Draining { get; } = drain.Token;

    /// <summary>Whether another silo could take a bucket over.</summary>
    public bool HasOtherSilos => membership.CurrentSnapshot.Members.Values.Any(
        member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(self.SiloAddress));

    public IGrainFactory Grains { get; } = grains;

    public IGrainRuntime Runtime { get; } = runtime;

    public ILogger Log { get; } = log;

    /// <summary>Writes each failure to the log; callers get its reason and its id only.</summary>
    public FailureLog Failures { get; } = new((failure, whose, thrown) => LogFailed(log, thrown, whose, failure.Id), TimeProvider.System);

    /// <summary>Counts for other regions; null where there are none.</summary>
    public RegionReporter? Region { get; } = services.GetService<IPeerExchange>() is null ? null : services.GetRequiredService<RegionReporter>();

    /// <summary>Does the work of queues.</summary>
    public WorkAttempt Attempt { get; } =
        new(services.GetServices<IWorkProcessor>(), time, RandomNumberGenerator.GetInt32(int.MaxValue));

    /// <summary>Counts what becomes of it.</summary>
    public ThrottleInstruments Instruments { get; } = instruments;

    public IGrainStorage Storage { get; } =
        services.GetKeyedService<IGrainStorage>(StorageName) ?? throw new InvalidOperationException(
            $"Throttle's grains keep rules and buckets in the grain storage named '{StorageName}', and the silo has none; add it, "
            + $"such as by AddMemoryGrainStorage(\"{StorageName}\") or AddRedisGrainStorage(\"{StorageName}\", …).");

    /// <summary>The buckets that live here.</summary>
    public OwnedBuckets Owned { get; } = owned;

    /// <summary>Somebody waits for a bucket: it hears of new rules at once, and not by its next call.</summary>
    public void AddWaitedFor(BucketGrain bucket) => _waitedFor.TryAdd(bucket, true);

    /// <summary>Nobody waits for a bucket any more.</summary>
    public void RemoveWaitedFor(BucketGrain bucket) => _waitedFor.TryRemove(bucket, out _);

    /// <summary>Tells the buckets that are waited for of new rules, each on its own scheduler.</summary>
    public void SpreadRules()
    {
        foreach (var (bucket, _) in _waitedFor)
        {
            bucket.GrainContext.Scheduler.QueueAction(bucket.FollowRules);
        }
    }

    [LoggerMessage(41, LogLevel.Warning, "{Whose} could not be prepared or stored (failure {Id})")]
    private static partial void LogFailed(ILogger log, Exception reason, string whose, string? id);
}
