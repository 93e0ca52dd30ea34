using System.CommandLine;
using System.Globalization;
using Throttle.Core.Time;

namespace Throttle.Cli;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary>Where a node is looked for when nothing else is said.</summary>
    public const string DefaultServer = "http://127.0.0.1:8080";

    /// <summary><c>--rules FILE</c></summary>
    public static Option<string?> Rules(string description, bool isRequired = false) =>
        new("--rules", "-r") { Description = description, HelpName = "FILE", Required = isRequired };

    /// <summary><c>--server URL</c></summary>
    public static Option<string?> Server() => new("--server", "-s")
    {
        Description = $"The node's address [default: {DefaultServer}].",
        HelpName = "URL",
    };

    /// <summary><c>--json</c></summary>
    public static Option<bool> Json(string description) => new("--json") { Description = description };

    /// <summary>A whole number within a range, both ends included.</summary>
    /// <param name="name">The option, such as <c>--cost</c>.</param>
    /// <param name="min">The smallest.</param>
    /// <param name="max">The largest.</param>
    /// <param name="absent">What it is when not given.</param>
    /// <param name="description">Its help.</param>
    /// <param name="aliases">Other names.</param>
    public static Option<long?> Number(
        string name, long min, long max, long? absent, string description, params string[] aliases)
    {
        var option = new Option<long?>(name, aliases)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
            {
                var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
                if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                    && number >= min
                    && number <= max)
                {
                    return number;
                }

                result.AddError(FormattableString.Invariant($"{name} is '{text}'; use a whole number from {min} to {max}."));
                return null;
            },
        };
        if (absent is not null)
        {
            option.DefaultValueFactory = _ => absent;
        }

        return option;
    }

    /// <summary>A duration within a range, both ends included, in ticks; null where it is not given.</summary>
    /// <param name="name">The option, such as <c>--grace</c>.</param>
    /// <param name="minTicks">The shortest.</param>
    /// <param name="maxTicks">The longest.</param>
    /// <param name="description">Its help.</param>
    public static Option<long?> Duration(string name, long minTicks, long maxTicks, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
            if (Durations.TryParse(text, out var ticks, out _) && ticks >= minTicks && ticks <= maxTicks)
            {
                return ticks;
            }

            result.AddError($"{name} is '{text}'; use {Durations.Format(minTicks)} to {Durations.Format(maxTicks)}, such as 250ms or 3s.");
            return null;
        },
    };

    /// <summary>Makes naming both an error.</summary>
    public static void RejectBoth(Command command, Option first, Option second) => command.Validators.Add(result =>
    {
        if (result.GetResult(first) is { Implicit: false } && result.GetResult(second) is { Implicit: false })
        {
            result.AddError($"{first.Name} and {second.Name} cannot be combined; use one of them.");
        }
    });
}
