using System.Globalization;
using System.Text;
using Throttle.Core.Fields;
using Throttle.Core.Rules;

namespace Throttle.Api.RuleFiles;

/// <summary>Reads rule files: YAML, and JSON, which is YAML too. Safe to use from any thread.</summary>
/// <remarks>
/// What may be left out: <c>match</c> (every request), <c>key</c> (one bucket), <c>cost</c> (1), <c>mode</c> (enforce),
/// <c>on-error</c> (allow), <c>on-change</c> (keep), <c>durability</c> (auto), <c>replicate</c> (false), and of the numbers <c>time-zone</c> (UTC),
/// <c>week-start</c> (monday), <c>reservations</c> (0) and <c>grace</c> (a tenth of the interval). All else must be there, and
/// nothing else may be.
/// </remarks>
public static class RuleFileReader
{
    /// <summary>The largest text that is read, in bytes of UTF-8: 16 MiB.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>The rules of a whole file, in order, valid as a set.</summary>
    /// <param name="text">The file's text, at most <see cref="MaxBytes"/>.</param>
    /// <exception cref="InvalidRulesException">Something is wrong: every fault, in the form and in the numbers, each with its line.</exception>
    public static IReadOnlyList<Rule> Read(string text)
    {
        var faults = new FieldFaults();
        return Checked(RuleFields.ReadFile(Parse(text), faults), faults);
    }

    /// <summary>One rule by itself, as it stands under <c>rules:</c>.</summary>
    /// <param name="text">The rule as YAML or JSON.</param>
    /// <param name="id">The id it must have; the text may leave its own out. Null to take the text's.</param>
    /// <exception cref="InvalidRulesException">Something is wrong; every fault is listed, with paths that start at <c>rules[0]</c>.</exception>
    public static Rule ReadRule(string text, string? id = null)
    {
        var faults = new FieldFaults();
        return Checked([RuleFields.Read(Parse(text), "rules[0]", faults, id)], faults)[0];
    }

    /// <summary>The rules that were read, when they are valid as a set.</summary>
    private static IReadOnlyList<Rule> Checked(IReadOnlyList<Rule> rules, FieldFaults faults)
    {
        faults.AddChecked(RuleValidator.Validate(rules).Select(fault => (fault.Path, fault.Message)));
        return faults.All.Any()
            ? throw new InvalidRulesException([.. faults.All.Select(fault => new RuleFault(fault.Path, fault.Message, fault.Line))])
            : rules;
    }

    private static FieldNode Parse(string text)
    {
        text = Plain(text);
        var node = RuleTree.Parse(text);
        return node is null or FieldScalar { IsNull: true }
            ? throw Fault("There is nothing in it; a rule file has the fields version and rules.")
            : node;
    }

    /// <summary>The text without a byte order mark.</summary>
    /// <exception cref="InvalidRulesException">It is too long, or has characters that YAML has not.</exception>
    internal static string Plain(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        // A character is at least one byte, so the cheap count settles the long ones.
        if (text.Length > MaxBytes || Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            throw Fault($"The text is longer than {MaxBytes} bytes.");
        }

        text = text.StartsWith('\uFEFF') ? text[1..] : text;
        CheckCharacters(text);
        return text;
    }

    private static InvalidRulesException Fault(string message) => new([new RuleFault("", message, 1)]);

    /// <summary>YAML has no control characters but these, and its reader takes the first NUL for the end, which would hide what follows.</summary>
    private static void CheckCharacters(string text)
    {
        var line = 1;
        foreach (var c in text)
        {
            line += c == '\n' ? 1 : 0;
            if (c < ' ' && c is not ('\t' or '\n' or '\r'))
            {
                throw new InvalidRulesException(
                    [new RuleFault("", string.Create(CultureInfo.InvariantCulture, $"There is a control character, U+{(int)c:X4}; remove it."), line)]);
            }
        }
    }
}
