using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Throttle.Api.RuleFiles;
using Throttle.Core.Rules;

namespace Throttle.Tests.Api.RuleFiles;

public sealed class RuleFileEditTests
{
    private const string File = """
        # The rules of the shop.
        version: 1   # of the form

        rules:  # in order

          # --- Clients ---

          # Everybody.
          - id: per-user      # the id
            # who pays
            key: [user]       # by name
            limit: { algorithm: token-bucket, capacity: 20, refill: 10/s }   # ten a second

          # Logging in.
          - id: login
            match:
              path: /login    # also below
              method: [POST,  # only this
                PUT]
            key: ip
            limit:
              algorithm: gcra
              rate: 1/s       # slow
              burst: 5

          # The last one.
          - id: last
            limit: { algorithm: gcra, rate: 1/s, burst: 1 }
        # The end.
        """;

    [Fact]
    public void Apply_OneFieldChanged_ChangesOneLine() =>
        AssertEdited(
            rules => [rules[0] with { Limit = LimitBy.TokenBucket("x", 40, "10/s").Limit }, .. rules[1..]],
            text => text.Replace("capacity: 20, refill: 10/s }   # ten", "capacity: 40, refill: 10/s } # ten", StringComparison.Ordinal));

    [Fact]
    public void Apply_FieldAddedAndRemoved_KeepsTheCommentOfTheOneThatWent() =>
        AssertEdited(
            rules => [rules[0] with { Key = [], Mode = RuleMode.Shadow }, .. rules[1..]],
            text => text.Replace("    key: [user]       # by name\n", "    # by name\n", StringComparison.Ordinal)
                .Replace("# ten a second\n", "# ten a second\n    mode: shadow\n", StringComparison.Ordinal));

    [Fact]
    public void Apply_FieldOfSeveralLinesChanged_KeepsItsCommentsAboveIt() =>
        AssertEdited(
            rules => [rules[0], rules[1] with { Match = [new("path", "/log-in")] }, rules[2]],
            text => text.Replace(
                "    match:\n      path: /login    # also below\n      method: [POST,  # only this\n        PUT]\n",
                "    # also below\n    # only this\n    match:\n      path: /log-in\n",
                StringComparison.Ordinal));

    [Fact]
    public void Apply_RuleRemoved_RemovesItAndTheCommentAboveIt() =>
        AssertEdited(
            rules => [rules[0], rules[2]],
            text => text[..text.IndexOf("  # Logging in.", StringComparison.Ordinal)] + text[text.IndexOf("  # The last one.", StringComparison.Ordinal)..]);

    [Fact]
    public void Apply_FirstRuleRemoved_KeepsTheHeadingThatStandsApart() =>
        AssertEdited(
            rules => rules[1..],
            text => text[..text.IndexOf("  # Everybody.", StringComparison.Ordinal)] + text[text.IndexOf("  # Logging in.", StringComparison.Ordinal)..]);

    [Fact]
    public void Apply_RuleAdded_WritesItWhereItStands() =>
        AssertEdited(
            rules => [.. rules, LimitBy.Gcra("new", "1/s", 1, "user")],
            text => text.Replace(
                "# The end.",
                "\n  - id: new\n    key: [user]\n    limit: { algorithm: gcra, rate: 1/s, burst: 1 }\n# The end.",
                StringComparison.Ordinal));

    [Theory]
    [InlineData("version: 1\nrules: [] # none yet\n", "version: 1\nrules: # none yet\n  - id: a\n    limit: { algorithm: gcra, rate: 1/s, burst: 1 }\n")]
    [InlineData("rules: []\nversion: 1\n", "rules:\n  - id: a\n    limit: { algorithm: gcra, rate: 1/s, burst: 1 }\nversion: 1\n")]
    [InlineData("version: 1\nrules:\n- id: b # x\n  limit: {algorithm: gcra, rate: 1/s, burst: 1}", "version: 1\nrules:\n- id: a\n  limit: { algorithm: gcra, rate: 1/s, burst: 1 }\n")]
    [InlineData("version: 1\nrules:\n  -   limit: {algorithm: gcra, rate: 2/s, burst: 1} # l\n      id: a # i\n", "version: 1\nrules:\n  -   limit: { algorithm: gcra, rate: 1/s, burst: 1 } # l\n      id: a # i\n")]
    [InlineData("version: 1\nrules:\n  - {id: a, limit: {algorithm: gcra, rate: 2/s, burst: 1}} # c\n", "version: 1\nrules:\n  # c\n  - id: a\n    limit: { algorithm: gcra, rate: 1/s, burst: 1 }\n")]
    [InlineData("version: 1\r\nrules:\r\n  # c\r\n  - id: a\r\n    limit: {algorithm: gcra, rate: 2/s, burst: 1}\r\n", "version: 1\r\nrules:\r\n  # c\r\n  - id: a\r\n    limit: { algorithm: gcra, rate: 1/s, burst: 1 }\r\n")]
    [InlineData("\uFEFF---\nversion: 1\nrules:\n  - id: b\n    limit: {algorithm: gcra, rate: 2/s, burst: 1}\n...\n", "\uFEFF---\nversion: 1\nrules:\n  - id: a\n    limit: { algorithm: gcra, rate: 1/s, burst: 1 }\n...\n")]
    [InlineData("{ \"version\": 1, \"rules\": [] }", "{\n  \"version\": 1,\n  \"rules\": [\n    {\n      \"id\": \"a\",\n      \"limit\": {\n        \"algorithm\": \"gcra\",\n        \"rate\": \"1/s\",\n        \"burst\": 1\n      }\n    }\n  ]\n}\n")]
    public void Apply_FileInAnotherForm_IsKeptInIt(string text, string expected) =>
        Assert.Equal(expected, RuleFileEdit.Apply(text, [LimitBy.Gcra("a", "1/s", 1)]));

    [Fact]
    public void Apply_NoRulesLeft_WritesAnEmptyList() =>
        Assert.Equal(
            "version: 1\nrules: [] # list\n# end\n",
            RuleFileEdit.Apply("version: 1\nrules: # list\n  # a\n  - id: a\n    limit: {algorithm: gcra, rate: 2/s, burst: 1}\n# end\n", []));

    [Theory]
    [InlineData("version: 1\nrules: [{id: b, limit: {algorithm: gcra, rate: 2/s, burst: 1}}] # c\n")]
    [InlineData("version: 1\nrules:\n  - id: b\n    limit: &l {algorithm: gcra, rate: 1/s, burst: 1}\n  - id: a\n    limit: *l\n")]
    [InlineData("version: 1\nrules:\n  - id: b\n    limit: 5 # c\n")]
    [InlineData("version: 1\rrules:\r  - id: a\r    limit: {algorithm: gcra, rate: 2/s, burst: 1} # c\r")]
    public void Apply_FileThatCannotBeKept_MakesNothing(string text) =>
        Assert.Null(RuleFileEdit.Apply(text, [LimitBy.Gcra("a", "1/s", 1)]));

    [Fact]
    public void Apply_RandomEdits_GiveTheRulesAndKeepTheCommentsOfThoseThatStay()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var before = Enumerable.Range(0, random.Next(1, 6)).Select(i => RandomRule(random, i)).ToList();
            var text = RandomText(random, before);
            Assert.Equal(before, RuleFileReader.Read(text));
            List<Rule> after = [.. before.Where(_ => random.Next(4) > 0).Select(rule => random.Next(3) == 0 ? Change(random, rule) : rule)];
            for (var i = random.Next(3); i > 0; i--)
            {
                after.Insert(random.Next(after.Count + 1), RandomRule(random, 10 + i));
            }

            var edited = RuleFileEdit.Apply(text, after);

            Assert.True(edited is not null, $"seed {seed}:\n{text}");
            Assert.Equal(after, RuleFileReader.Read(edited));
            Assert.Equal(Marks(text, id => after.Exists(rule => rule.Id == id)), Marks(edited, _ => true));
        }
    }

    /// <summary>The comments with the ids of the rules they stand at, of the head (h) and of the tail (t), in order within each.</summary>
    private static List<string> Marks(string text, Func<string, bool> isKept) =>
        [.. Regex.Matches(text, @"# ((?:h|t|r\d+)\.\d+)", RegexOptions.None, TimeSpan.FromSeconds(9)).Select(match => match.Groups[1].Value)
            .Where(mark => mark[0] is 'h' or 't' || isKept(mark.Split('.')[0])).Order(StringComparer.Ordinal)];

    private static Rule RandomRule(Random random, int i) => Change(random, LimitBy.Gcra(string.Create(CultureInfo.InvariantCulture, $"r{i}"), "1/s", 1));

    private static Rule Change(Random random, Rule rule) => random.Next(5) switch
    {
        0 => rule with { Match = [new("path", [$"/{random.Next(99)}", "/# x"]), new("user", "a b")] },
        1 => rule with { Key = ["ip/64", "user|lower"] },
        2 => rule with { Limit = LimitBy.TokenBucket("x", random.Next(1, 99), "1/s").Limit, Match = [] },
        3 => rule with { Mode = RuleMode.Shadow, Cost = new Cost(random.Next(2, 9)) },
        _ => rule with { Limit = LimitBy.FixedWindow("x", random.Next(1, 99), "1m").Limit, Key = [] },
    };

    /// <summary>The file as the writer has it, with comments above, beside and between.</summary>
    private static string RandomText(Random random, List<Rule> rules)
    {
        var text = new StringBuilder("# h.1\nversion: 1 # h.2\nrules: # h.3\n");
        var mark = 0;
        foreach (var rule in rules)
        {
            text.Append(random.Next(2) == 0 ? "\n" : "");
            foreach (var line in RuleFileWriter.LinesOf(rule))
            {
                string Next() => string.Create(CultureInfo.InvariantCulture, $"# {rule.Id}.{mark++}");
                text.Append(random.Next(3) == 0 ? $"  {Next()}\n" : "").Append("  ").Append(line);
                text.Append(random.Next(3) == 0 ? $" {Next()}\n" : "\n");
            }
        }

        return text.Append(random.Next(2) == 0 ? "\n# t.1\n" : "# t.1\n").ToString();
    }

    private static void AssertEdited(Func<List<Rule>, List<Rule>> edit, Func<string, string> expected)
    {
        var text = File.ReplaceLineEndings("\n") + "\n";

        Assert.Equal(expected(text), RuleFileEdit.Apply(text, edit([.. RuleFileReader.Read(text)])));
    }
}
