using System.Globalization;
using Throttle.Core;
using Throttle.Core.Time;

namespace Throttle.Cli.Simulating;

/// <summary>
/// Workers that share permits: each asks for one, sleeps until its turn, makes its call and asks again at once; where there is
/// none it sleeps for a random time of up to an interval.
/// </summary>
internal sealed class PermitWorkers(
    PermitsOptions options, IPermitSource permits, IWorkerTime time, long intervalTicks, TextWriter log)
{
    // They do not all come at the same instant.
    private const long StartTicks = 10 * TimeSpan.TicksPerMillisecond;
    private readonly Lock _gate = new();

    public PermitTotals Totals { get; } = new();

    private bool IsOver => (options.Duration is { } end && time.Now >= end.Ticks) || (options.Requests is { } most && Totals.Requests >= most);

    public Task RunAsync(CancellationToken cancellationToken)
    {
        var seeds = new Random((int)(options.Seed ^ (options.Seed >> 32)));
        return time.RunAsync([.. Enumerable.Range(1, options.Workers)
            .Select(number => (number, Random: new Random(seeds.Next())))
            .Select(worker => (Func<Task>)(() => WorkAsync(worker.number, worker.Random, cancellationToken)))]);
    }

    private async Task WorkAsync(int number, Random random, CancellationToken cancellationToken)
    {
        await time.SleepAsync(TimeSpan.FromTicks(random.NextInt64(StartTicks)), cancellationToken).ConfigureAwait(false);
        while (!IsOver)
        {
            var offer = await permits.ReserveAsync(cancellationToken).ConfigureAwait(false);
            if (offer.Outcome == PermitOutcome.Granted)
            {
                await UseAsync(number, offer, random, cancellationToken).ConfigureAwait(false);
                continue;
            }

            var pause = TimeSpan.FromTicks(random.NextInt64(Math.Min(TimeSpan.TicksPerMillisecond, intervalTicks), intervalTicks + 1));
            Refuse(number, offer, pause);
            await SleepUntilEndAsync(pause.Ticks, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task UseAsync(int number, PermitOffer offer, Random random, CancellationToken cancellationToken)
    {
        Log(number, "permit", offer.Delay == TimeSpan.Zero ? "now" : $"in {Show(offer.Delay)}");
        var isHeld = true;
        try
        {
            var sleep = offer.Delay;
            while (isHeld)
            {
                await SleepAsync(sleep, random, cancellationToken).ConfigureAwait(false);
                if (IsOver)
                {
                    return;
                }

                (isHeld, sleep) = await TryCallAsync(number, offer, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            if (isHeld)
            {
                Count(number, "returned", "", totals => totals.Returned++);
                await permits.ReturnAsync(offer).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sleeps, and oversleeps.</summary>
    private Task SleepAsync(TimeSpan sleep, Random random, CancellationToken cancellationToken) => SleepUntilEndAsync(
        Ticks.Add(sleep.Ticks, options.Late == TimeSpan.Zero ? 0 : random.NextInt64(options.Late.Ticks + 1)), cancellationToken);

    /// <summary>Sleeps, but not beyond the end of the run.</summary>
    private Task SleepUntilEndAsync(long ticks, CancellationToken cancellationToken)
    {
        var left = options.Duration is { } end ? Math.Max(0, end.Ticks - time.Now) : ticks;
        return time.SleepAsync(TimeSpan.FromTicks(Math.Min(ticks, left)), cancellationToken);
    }

    /// <returns>Whether the permit is still held, and then how long to sleep before it is tried again.</returns>
    private async ValueTask<(bool IsHeld, TimeSpan Sleep)> TryCallAsync(int number, PermitOffer offer, CancellationToken cancellationToken)
    {
        var asked = time.Now;
        var (outcome, length) = await permits.BeginAsync(offer, cancellationToken).ConfigureAwait(false);
        switch (outcome)
        {
            case PermitOutcome.Wait:
                Log(number, "wait", $"{Show(length)}, the call before was late");
                return (true, length);
            case PermitOutcome.Begun when FakeRequest(number, asked, length) is { } ran:
                await permits.RanAsync(offer, TimeSpan.FromTicks(time.Now - ran), cancellationToken).ConfigureAwait(false);
                return (false, default);
            case PermitOutcome.Begun or PermitOutcome.Expired:
                Count(number, "expired", "it came too late", totals => totals.Expired++);
                return (false, default);
            default:
                Count(number, "unavailable", "the throttle gave no answer", totals => totals.Unavailable++);
                return (false, default);
        }
    }

    /// <summary>The call: it takes no time.</summary>
    /// <returns>When it ran; null where it would have been too late.</returns>
    private long? FakeRequest(int number, long asked, TimeSpan within)
    {
        lock (_gate)
        {
            var now = time.Now;
            if (now - asked > within.Ticks)
            {
                return null;
            }

            var gap = Totals.Ran(now);
            Write(number, "fake_request", gap is { } ticks ? $"{Show(TimeSpan.FromTicks(ticks))} after the last" : "");
            return now;
        }
    }

    private void Refuse(int number, PermitOffer offer, TimeSpan pause)
    {
        var isRefusal = offer.Outcome == PermitOutcome.Refused;
        Count(
            number,
            isRefusal ? "none" : "unavailable",
            $"asks again in {Show(pause)}",
            totals =>
            {
                totals.Refused += isRefusal ? 1 : 0;
                totals.Unavailable += isRefusal ? 0 : 1;
            });
    }

    private void Count(int number, string what, string more, Action<PermitTotals> count)
    {
        lock (_gate)
        {
            count(Totals);
            Write(number, what, more);
        }
    }

    private void Log(int number, string what, string more)
    {
        lock (_gate)
        {
            Write(number, what, more);
        }
    }

    private void Write(int number, string what, string more) => log.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{Ticks.ToSeconds(time.Now),10:0.0000}  worker-{number,-4}  {what,-12}  {more}").TrimEnd());

    /// <summary>To the nearest tenth of a millisecond, for people.</summary>
    private static string Show(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{Ticks.ToSeconds(time.Ticks):0.####} s");
}
