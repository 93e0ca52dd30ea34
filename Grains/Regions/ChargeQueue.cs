using Microsoft.Extensions.Logging;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Regions;

/// <summary>
/// What is still to be charged to the owners of buckets, bucket by bucket: the latest of each count, so that it is bounded by the
/// buckets that regions share. An owner that cannot be reached is tried again until it can. Used on its grain's scheduler only.
/// </summary>
internal sealed partial class ChargeQueue(BucketContext context, RegionLog own, TimeProvider time)
{
    /// <summary>From so many buckets on no more pages are taken.</summary>
    public const int MaxBuckets = 100_000;

    private const int AtOnce = 64;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<(string Rule, string Key), List<ChargeWire>> _due = [];
    private readonly Queue<(string Rule, string Key)> _ready = new();
    private readonly CancellationTokenSource _stopping = new();
    private int _underWay;
    private bool _hasFailed;

    /// <summary>Whether there are more than can be held.</summary>
    public bool IsFull => _due.Count >= MaxBuckets;

    /// <summary>Has a bucket charged, soon.</summary>
    public void Add(string rule, string key, ChargeWire charge)
    {
        if (!_due.TryGetValue((rule, key), out var charges))
        {
            _due[(rule, key)] = charges = [];
            _ready.Enqueue((rule, key));
        }

        var place = charges.FindIndex(due => due.Count == charge.Count && string.Equals(due.Region, charge.Region, StringComparison.Ordinal));
        if (place >= 0)
        {
            charges[place] = charges[place].And(charge);
        }
        else
        {
            charges.Add(charge);
        }

        Pump();
    }

    /// <summary>Ends it. What is left is told again to whoever follows.</summary>
    public void Stop() => _stopping.Cancel();

    private void Pump()
    {
        while (_underWay < AtOnce && !_stopping.IsCancellationRequested && _ready.TryDequeue(out var place))
        {
            _underWay++;
            ChargeAsync(place).Ignore();
        }
    }

    private async Task ChargeAsync((string Rule, string Key) place)
    {
        var isCharged = await TryChargeAsync(place);
        _underWay--;
        if (!isCharged)
        {
            // Its pause takes nobody's turn.
            Pump();
            await Task.Delay(Pause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        if (_due[place].Count > 0)
        {
            _ready.Enqueue(place);
        }
        else
        {
            _due.Remove(place);
        }

        Pump();
    }

    private async Task<bool> TryChargeAsync((string Rule, string Key) place)
    {
        var charges = _due[place].ToArray();
        try
        {
            var missing = await context.Grains.GetGrain<ITokenBucketGrain>(BucketGrainKey.Of(place.Rule, place.Key))
                .ChargeAsync(charges, context.Rules.Current.Version, _stopping.Token);
            own.Note(place.Rule, place.Key, missing ?? 0);
            _hasFailed = false;

            // Told twice does no harm; what has come meanwhile is told next.
            _due[place].RemoveAll(charges.Contains);
            return true;
        }
        catch (Exception e)
        {
            if (!_hasFailed && !_stopping.IsCancellationRequested)
            {
                LogFailed(context.Log, place.Rule, e.GetBaseException().Message);
            }

            _hasFailed = true;
            return false;
        }
    }

    [LoggerMessage(40, LogLevel.Warning, "A bucket of {Rule} cannot be charged for what other regions have granted: {Reason}. It is tried again until it can")]
    private static partial void LogFailed(ILogger log, string rule, string reason);
}
