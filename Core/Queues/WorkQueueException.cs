using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Core.Queues;

/// <summary>A queue of work cannot be used.</summary>
public sealed class WorkQueueException : Exception
{
    /// <summary>With its reason.</summary>
    public WorkQueueException(WorkQueueFault fault, string message)
        : base(message) => Fault = fault;

    /// <summary>Why.</summary>
    public WorkQueueFault Fault { get; }

    /// <summary>The rule of a queue of work that can be used.</summary>
    /// <param name="set">The rules in force.</param>
    /// <param name="ruleId">Its id.</param>
    /// <exception cref="WorkQueueException">There is none, it has another algorithm, or it is off.</exception>
    public static Rule CheckRule(RuleSet set, string ruleId)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(ruleId);
        return set.IndexOf(ruleId) is >= 0 and var index ? CheckRule(set.Rules[index]) : throw NoRule(ruleId);
    }

    /// <summary>There is no such rule.</summary>
    public static WorkQueueException NoRule(string ruleId) =>
        new(WorkQueueFault.NoRule, $"There is no rule '{ShownText.Of(ruleId)}'.");

    /// <summary>No answer could be had.</summary>
    public static WorkQueueException Unavailable(Failure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return new(WorkQueueFault.Unavailable, failure.ToString());
    }

    /// <summary>The rule has nobody to deliver to.</summary>
    public static WorkQueueException NoProcessor(string ruleId) => new(
        WorkQueueFault.NoProcessor,
        $"Rule '{ruleId}' has nobody to deliver work to; give it deliver: {{ url: … }}, or register an IWorkProcessor.");

    private static Rule CheckRule(Rule rule) =>
        rule.Limit is not QueueSpec
            ? throw new WorkQueueException(
                WorkQueueFault.NoQueue, $"Rule '{rule.Id}' is a {rule.Limit.Algorithm}; only rules of the algorithm queue take work.")
            : rule.Mode == RuleMode.Off
                ? throw new WorkQueueException(WorkQueueFault.IsOff, $"Rule '{rule.Id}' is off; its work is kept, and nothing is taken or delivered.")
                : rule;
}
