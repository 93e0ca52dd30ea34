using System.CommandLine;
using System.CommandLine.Parsing;
using Throttle.Cli.Checking;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Cli.Simulating;

/// <summary><c>throttle simulate permits</c></summary>
internal static class PermitsCommand
{
    private const string DefaultRule = "permits";
    private const int MaxWorkers = 10_000;
    private const long DefaultWorkers = 3;
    private const long DefaultReservations = 2;
    private const long DefaultIntervalTicks = 3 * Ticks.PerSecond;
    private const long DefaultDurationTicks = 30 * Ticks.PerSecond;

    /// <summary>The command with its options.</summary>
    public static Command Create(Terminal terminal)
    {
        var workers = CommonOptions.Number("--workers", 1, MaxWorkers, DefaultWorkers, "How many workers share the permits.", "-w");
        var interval = CommonOptions.Duration("--min-interval", Limits.MinPeriodTicks, Limits.MaxPeriodTicks, "The least time between two calls [default: 3s].");
        var permits = CommonOptions.Number("--max-permits", 0, Limits.MaxReservations, null, "The most permits reserved ahead [default: 2].");
        var grace = CommonOptions.Duration("--grace", 0, Limits.MaxPeriodTicks, "How late a call may begin; up to the interval [default: a tenth of it].");
        var late = CommonOptions.Duration("--late", 0, Ticks.PerDay, "Workers oversleep by up to so much, at random [default: 0s].");
        var duration = CommonOptions.Duration("--duration", 1, Limits.MaxPeriodTicks, "When to stop [default: 30s, unless --requests is given].");
        var requests = CommonOptions.Number("--requests", 1, 1_000_000_000, null, "Stop after so many calls.");
        var isVirtual = new Option<bool>("--virtual") { Description = "On virtual time: at once, and the same output each time." };
        var seed = CommonOptions.Number("--seed", 0, long.MaxValue, 0, "What the random numbers follow from.");
        var server = new Option<string?>("--server", "-s") { Description = "Ask this node, or any node of a cluster, instead of a throttle in this process.", HelpName = "URL" };
        var rule = new Option<string?>("--rule") { Description = $"With --server: the node's spacing rule [default: {DefaultRule}].", HelpName = "ID" };
        var attributes = new Argument<Attributes>("attributes")
        {
            Description = "With --server: what is known of the calls, as name=value, for the rule's match and key.",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = AttributeArguments.Parse,
        };
        var command = new Command("permits", "Run workers that share permits to make a call: one call an interval, a few reserved ahead. Exit code 1 when two calls ran closer.")
        {
            attributes, workers, interval, permits, grace, late, duration, requests, isVirtual, seed, server, rule,
        };
        foreach (var local in new Option[] { interval, permits, grace })
        {
            RejectWithServer(command, server, local, "the node's rule says it");
        }

        CommonOptions.RejectBoth(command, server, isVirtual);
        NeedServer(command, server, rule, attributes);
        command.SetAction((result, cancellationToken) => new PermitsAction(terminal, new PermitsOptions
        {
            Limit = LimitOf(
                result.GetValue(interval) ?? DefaultIntervalTicks, (int)(result.GetValue(permits) ?? DefaultReservations), result.GetValue(grace)),
            Workers = (int)(result.GetValue(workers) ?? DefaultWorkers),
            Late = TimeSpan.FromTicks(result.GetValue(late) ?? 0),
            Duration = result.GetValue(duration) is { } ticks ? TimeSpan.FromTicks(ticks)
                : result.GetValue(requests) is null ? TimeSpan.FromTicks(DefaultDurationTicks)
                : null,
            Requests = result.GetValue(requests),
            Seed = result.GetValue(seed) ?? 0,
            IsVirtual = result.GetValue(isVirtual),
            Server = result.GetValue(server),
            RuleId = result.GetValue(rule) ?? DefaultRule,
            Attributes = result.GetValue(attributes),
        }).RunAsync(cancellationToken));
        return command;
    }

    private static SpacingSpec LimitOf(long intervalTicks, int reservations, long? graceTicks) => graceTicks > intervalTicks
        ? throw new CliException($"--grace is {Durations.Format(graceTicks.Value)}; use 0s to the interval, {Durations.Format(intervalTicks)}.")
        : new SpacingSpec(intervalTicks, reservations, graceTicks);

    private static void RejectWithServer(Command command, Option server, Option local, string reason) => command.Validators.Add(result =>
    {
        if (IsGiven(result, server) && IsGiven(result, local))
        {
            result.AddError($"{local.Name} and {server.Name} cannot be combined: {reason}.");
        }
    });

    private static void NeedServer(Command command, Option server, Option rule, Argument<Attributes> attributes) => command.Validators.Add(result =>
    {
        if (!IsGiven(result, server) && IsGiven(result, rule))
        {
            result.AddError($"{rule.Name} goes with {server.Name}: without a node there is one rule.");
        }

        if (!IsGiven(result, server) && result.GetResult(attributes) is { Tokens.Count: > 0 })
        {
            result.AddError($"'{result.GetResult(attributes)!.Tokens[0].Value}' goes with {server.Name}: without a node there is one bucket.");
        }
    });

    private static bool IsGiven(CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };
}
