using Throttle.Api.Hosting;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Cli.Replay;

/// <summary>Plays a recording to an engine whose clock is moved to each line's instant.</summary>
/// <remarks>
/// Nothing is waited for: a request that may wait is given a reservation, whose delay is in the answer. The one turn that
/// nobody can foretell is that of a rule of the kind <c>concurrency</c>; there a request is refused when it comes too early.
/// </remarks>
internal sealed class ReplayRun(IThrottle throttle, RuleSet rules, VirtualTimeProvider clock, ReplayTotals totals)
{
    private const int LinesBetweenReports = 1024;

    private readonly HeldLeases _leases = new();
    private readonly bool _hasConcurrency = rules.Rules.Any(rule => rule.Limit is ConcurrencySpec && rule.Mode != RuleMode.Off);

    /// <summary>Replays all lines.</summary>
    /// <param name="lines">The recording.</param>
    /// <param name="writer">Where each answer goes, or null.</param>
    /// <param name="pace">What holds lines back until they are due, or null.</param>
    /// <param name="progress">Told now and then how many lines have been replayed, or null.</param>
    /// <param name="cancellationToken">Stops between two lines.</param>
    public async Task RunAsync(
        ReplayLines lines, ReplayWriter? writer, ReplayPace? pace, Action<long>? progress, CancellationToken cancellationToken)
    {
        var done = 0L;
        var format = lines.Format!;
        while (lines.Sorted.MoveNext())
        {
            var number = lines.Sorted.CurrentKey.Number;
            var entry = format.Read(lines.Sorted.CurrentText);
            if (pace is not null)
            {
                await pace.WaitAsync(entry.At, cancellationToken).ConfigureAwait(false);
            }

            clock.AdvanceTo(new DateTimeOffset(entry.At, TimeSpan.Zero));
            await PlayAsync(number, entry, writer, cancellationToken).ConfigureAwait(false);
            if (pace is not null)
            {
                // Whoever watches at this pace wants to see each answer when it falls.
                writer?.Flush();
            }

            if (++done % LinesBetweenReports == 0 || pace is not null)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Invoke(done);
            }
        }

        writer?.Flush();
        progress?.Invoke(done);
    }

    private async ValueTask PlayAsync(long number, ReplayEntry entry, ReplayWriter? writer, CancellationToken cancellationToken)
    {
        Decision decision;
        try
        {
            decision = await AskAsync(entry, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException e)
        {
            totals.Failed.Add(number, Errors.WithoutParameter(e));
            return;
        }

        totals.Add(entry, decision);
        if (entry.PathFault is { } fault)
        {
            totals.UnclearPaths.Add(number, fault);
        }

        writer?.Write(number, entry, decision);
    }

    private ValueTask<Decision> AskAsync(in ReplayEntry entry, CancellationToken cancellationToken)
    {
        var request = WithoutBlocking(entry.Request);
        return entry.Op switch
        {
            ReplayOp.Peek => throttle.PeekAsync(request, cancellationToken),
            ReplayOp.Return => ReturnAsync(request, cancellationToken),
            _ => _hasConcurrency ? AcquireAsync(request, cancellationToken) : throttle.ReserveAsync(request, cancellationToken),
        };
    }

    private async ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken)
    {
        var decision = await throttle.ReserveAsync(request, cancellationToken).ConfigureAwait(false);
        if (decision.Lease is { } lease)
        {
            _leases.Add(request, lease, decision.ExpiresAt, clock.GetUtcNow());
        }

        return decision;
    }

    /// <summary>Ends a lease where the request was granted one, and then shows what its buckets hold; else gives permits back.</summary>
    private async ValueTask<Decision> ReturnAsync(ThrottleRequest request, CancellationToken cancellationToken)
    {
        if (_leases.Take(request, clock.GetUtcNow()) is not { } lease)
        {
            return await throttle.ReturnAsync(request, at: null, cancellationToken).ConfigureAwait(false);
        }

        await throttle.EndLeaseAsync(lease, cancellationToken).ConfigureAwait(false);
        return await throttle.PeekAsync(request with { Cost = 0 }, cancellationToken).ConfigureAwait(false);
    }

    private ThrottleRequest WithoutBlocking(in ThrottleRequest request)
    {
        if (!_hasConcurrency || request.MaxWait == TimeSpan.Zero)
        {
            return request;
        }

        var matches = new MatchBuffer(stackalloc int[16]);
        try
        {
            rules.Match(request.Attributes, ref matches);
            foreach (var index in matches.Items)
            {
                if (rules.Rules[index].Limit is ConcurrencySpec)
                {
                    totals.WaitsIgnored++;
                    return request with { MaxWait = TimeSpan.Zero };
                }
            }

            return request;
        }
        finally
        {
            matches.Dispose();
        }
    }
}
