using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Throttle.Core.Failures;
using Throttle.Core.Time;

namespace Throttle.Client.Buckets;

/// <summary>How calls to buckets' grains end: by a deadline, made again where that helps, their failures told; see <see cref="CallFailures"/>.</summary>
internal sealed partial class GrainCalls(TimeSpan timeout, ILogger log)
{
    // Between tries of a call that did not arrive.
    private const long FirstPause = 10 * TimeSpan.TicksPerMillisecond;
    private const long LongestPause = 250 * TimeSpan.TicksPerMillisecond;

    private readonly FailureLog _failures = new((failure, whose, thrown) => LogFailed(log, thrown, whose, failure.Id), TimeProvider.System);
    private readonly CallDeadlines _deadlines = new(timeout);
    private readonly Backoff _backoff = new(RandomNumberGenerator.GetInt32(int.MaxValue));

    /// <summary>A deadline for a call that starts now.</summary>
    /// <param name="cancellationToken">The caller's own, which ends the call too.</param>
    public CallDeadline Deadline(CancellationToken cancellationToken) => _deadlines.Next(cancellationToken);

    /// <summary>One call whose failure is told apart from its reply.</summary>
    /// <param name="whose">The rule or the space of the bucket.</param>
    /// <param name="argument">What is asked.</param>
    /// <param name="ask">Makes the call; the token is its deadline.</param>
    /// <param name="mayRepeat">Whether it is made again after its owner was lost, too.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The reply, or the default value and why there is none.</returns>
    public async ValueTask<(TReply? Reply, Failure? Error)> CallAsync<TArgument, TReply>(
        string whose,
        TArgument argument,
        Func<TArgument, CancellationToken, ValueTask<TReply>> ask,
        bool mayRepeat,
        CancellationToken cancellationToken)
    {
        using var deadline = Deadline(cancellationToken);
        for (var failed = 1; ; failed++)
        {
            try
            {
                return (await ask(argument, deadline.Token).ConfigureAwait(false), null);
            }
            catch (Exception e)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var failure = CallFailures.Of(e);
                var isRepeated = (failure == CallFailure.NotDelivered || (failure == CallFailure.OwnerLost && mayRepeat))
                    && await MayRepeatAsync(failed, deadline.Token).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                if (!isRepeated)
                {
                    return (default, Explain(whose, e));
                }
            }
        }
    }

    /// <summary>How long to wait after so many failures.</summary>
    public TimeSpan PauseAfter(int failed) => Ticks.ToTimeSpan(_backoff.After(failed, FirstPause, LongestPause));

    /// <summary>Waits before a call is made again.</summary>
    /// <returns>Whether there is time for it.</returns>
    public async ValueTask<bool> MayRepeatAsync(int failed, CancellationToken deadline)
    {
        await Task.Delay(PauseAfter(failed), TimeProvider.System, deadline)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !deadline.IsCancellationRequested;
    }

    /// <summary>Tells a failure to the log, and says what callers may know of it.</summary>
    public Failure Explain(string whose, Exception thrown) => _failures.Tell(CallFailures.ReasonOf(CallFailures.Of(thrown)), whose, thrown);

    [LoggerMessage(1, LogLevel.Warning, "A bucket of {RuleId} could not be asked (failure {Id}); the rule's on-error decides, and where the limit came with the call its caller")]
    private static partial void LogFailed(ILogger log, Exception reason, string ruleId, string? id);
}
