using System.CommandLine;
using Throttle.Cli.Checking;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Cli.Simulating;

/// <summary>The arguments and options of <c>throttle simulate permits</c>.</summary>
internal sealed class PermitsArguments
{
    private const string DefaultRule = "permits";
    private const int MaxWorkers = 10_000;
    private const long DefaultWorkers = 3;
    private const long DefaultReservations = 2;
    private const long DefaultIntervalTicks = 3 * Ticks.PerSecond;
    private const long DefaultDurationTicks = 30 * Ticks.PerSecond;

    private readonly Option<long?> _workers =
        CommonOptions.Number("--workers", 1, MaxWorkers, DefaultWorkers, "How many workers share the permits.", "-w");

    private readonly Option<long?> _late =
        CommonOptions.Duration("--late", 0, Ticks.PerDay, "Workers oversleep by up to so much, at random [default: 0s].");

    private readonly Option<long?> _duration =
        CommonOptions.Duration("--duration", 1, Limits.MaxPeriodTicks, "When to stop [default: 30s, unless --requests is given].");

    private readonly Option<long?> _requests = CommonOptions.Number("--requests", 1, 1_000_000_000, null, "Stop after so many calls.");

    private readonly Option<long?> _seed = CommonOptions.Number("--seed", 0, long.MaxValue, 0, "What the random numbers follow from.");

    public Argument<Attributes> Attributes { get; } = new("attributes")
    {
        Description = "With --server: what is known of the calls, as name=value, for the rule's match and key.",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = AttributeArguments.Parse,
    };

    public Option<long?> Interval { get; } =
        CommonOptions.Duration("--min-interval", Limits.MinPeriodTicks, Limits.MaxPeriodTicks, "The least time between two calls [default: 3s].");

    public Option<long?> Permits { get; } =
        CommonOptions.Number("--max-permits", 0, Limits.MaxReservations, null, "The most permits reserved ahead [default: 2].");

    public Option<long?> Grace { get; } =
        CommonOptions.Duration("--grace", 0, Limits.MaxPeriodTicks, "How late a call may begin; up to the interval [default: a tenth of it].");

    public Option<bool> IsVirtual { get; } =
        new("--virtual") { Description = "On virtual time: at once, and the same output each time." };

    public Option<string?> Server { get; } = new("--server", "-s")
    {
        Description = "Ask this node, or any node of a cluster, instead of a throttle in this process.",
        HelpName = "URL",
    };

    public TokenArguments Token { get; } = new("With --server: the token that the node wants from those who read its rules and give permits back.");

    public Option<string?> Rule { get; } =
        new("--rule") { Description = $"With --server: the node's spacing rule [default: {DefaultRule}].", HelpName = "ID" };

    public IEnumerable<Option> All => [_workers, Interval, Permits, Grace, _late, _duration, _requests, IsVirtual, _seed, Server, Rule];

    /// <summary>What was given.</summary>
    /// <exception cref="CliException">Two numbers do not go together.</exception>
    public PermitsOptions Read(ParseResult result, Terminal terminal) => new()
    {
        Limit = LimitOf(
            result.GetValue(Interval) ?? DefaultIntervalTicks, (int)(result.GetValue(Permits) ?? DefaultReservations), result.GetValue(Grace)),
        Workers = (int)(result.GetValue(_workers) ?? DefaultWorkers),
        Late = TimeSpan.FromTicks(result.GetValue(_late) ?? 0),
        Duration = result.GetValue(_duration) is { } ticks ? TimeSpan.FromTicks(ticks)
            : result.GetValue(_requests) is null ? TimeSpan.FromTicks(DefaultDurationTicks)
            : null,
        Requests = result.GetValue(_requests),
        Seed = result.GetValue(_seed) ?? 0,
        IsVirtual = result.GetValue(IsVirtual),
        Server = result.GetValue(Server),
        AdminToken = Token.Read(result, terminal),
        RuleId = result.GetValue(Rule) ?? DefaultRule,
        Attributes = result.GetValue(Attributes),
    };

    private static SpacingSpec LimitOf(long intervalTicks, int reservations, long? graceTicks) => graceTicks > intervalTicks
        ? throw new CliException($"--grace is {Durations.Format(graceTicks.Value)}; use 0s to the interval, {Durations.Format(intervalTicks)}.")
        : new SpacingSpec(intervalTicks, reservations, graceTicks);
}
