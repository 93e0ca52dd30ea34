using System.Globalization;
using Throttle.Cli.Nodes;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Cli.Simulating;

/// <summary>Makes a throttle or finds a node's rule, runs the workers, and sums up.</summary>
internal sealed class PermitsAction(Terminal terminal, PermitsOptions options)
{
    // Any round instant: on virtual time the output is the same each time.
    private static readonly DateTimeOffset VirtualStart = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Does it all.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> RunAsync(CancellationToken cancellationToken) =>
        options.Server is null ? RunHereAsync(cancellationToken) : RunOnNodeAsync(cancellationToken);

    private async Task<int> RunHereAsync(CancellationToken cancellationToken)
    {
        var clock = options.IsVirtual ? new VirtualTimeProvider(VirtualStart) : null;
        var rule = new Rule { Id = options.RuleId, Limit = options.Limit };
        await using var throttle = new LocalThrottle(new LocalRules([rule]), new LocalThrottleOptions { TimeProvider = clock ?? terminal.Clock });
        return await RunAsync(
            new LocalPermits(throttle), clock is null ? new RealWorkerTime(terminal.Clock) : new VirtualWorkerTime(clock), options.Limit, cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task<int> RunOnNodeAsync(CancellationToken cancellationToken)
    {
        using var node = new NodeClient(options.Server, options.AdminToken);
        var (permits, limit) = await NodePermits.OpenAsync(node, options, cancellationToken).ConfigureAwait(false);
        return await RunAsync(permits, new RealWorkerTime(terminal.Clock), limit, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> RunAsync(IPermitSource permits, IWorkerTime time, SpacingSpec limit, CancellationToken cancellationToken)
    {
        var workers = new PermitWorkers(options, permits, time, limit.IntervalTicks, terminal.Output);
        await workers.RunAsync(cancellationToken).ConfigureAwait(false);
        return Report(workers.Totals, limit, time.Now);
    }

    private int Report(PermitTotals totals, SpacingSpec limit, long ticks)
    {
        terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{totals.Requests} requests in {Ticks.ToSeconds(ticks):0.####} s; {totals.Refused} times no permit, {totals.Expired} expired, {totals.Returned} returned{(totals.Unavailable == 0 ? "" : $", {totals.Unavailable} times no answer")}"));
        if (totals.SmallestGap is not { } gap)
        {
            return ExitCodes.Success;
        }

        var interval = Durations.Format(limit.IntervalTicks);
        terminal.Output.WriteLine($"smallest gap between two requests: {Ticks.ToSeconds(gap).ToString("0.#######", CultureInfo.InvariantCulture)} s; the interval is {interval}");
        if (gap >= limit.IntervalTicks)
        {
            return ExitCodes.Success;
        }

        terminal.Error.WriteLine($"throttle: two requests ran closer than the interval of {interval}.");
        return ExitCodes.Error;
    }
}
