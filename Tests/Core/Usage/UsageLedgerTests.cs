using FsCheck;
using FsCheck.Fluent;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Core.Usage;

namespace Throttle.Tests.Core.Usage;

/// <summary>Usage of many nodes, merged from reports that are lost, repeated and late.</summary>
public sealed class UsageLedgerTests
{
    private const long Start = Ticks.UnixEpoch;

    private static readonly RuleSet Rules = new([LimitBy.TokenBucket("a", 1, "1/s"), LimitBy.TokenBucket("b", 1, "1/s")], version: 1);

    [Fact]
    public void Report_OfSeveralNodes_IsMergedByRuleAndNode()
    {
        var ledger = new UsageLedger(Start);
        ledger.Report(new("n1", 1), [("a", Of(5)), ("b", Of(1))], Start);
        ledger.Report(new("n2", 1), [("a", Of(2))], Start);
        ledger.Report(new("n1", 1), [("a", Of(3))], Start);
        ledger.Report(new("n1", 1), [("a", Of(5))], Start);
        ledger.Report(new("n1", 2), [("a", Of(1))], Start);

        var usage = ledger.Read(Start);

        Assert.Equal(Ticks.ToInstant(Start), usage.Since);
        Assert.Equal([new("n1", HasEnded: false), new("n2", HasEnded: false)], usage.Nodes);
        Assert.Equal([new("a", "n1", Of(6)), new("a", "n2", Of(2)), new("b", "n1", Of(1))], usage.Rows);
    }

    [Fact]
    public void Node_SilentForLong_HasEndedUntilItReports()
    {
        var ledger = new UsageLedger(Start);
        ledger.Report(new("n1", 1), [("a", Of(5))], Start);

        Assert.False(Assert.Single(ledger.Read(Start + UsageLedger.EndTicks).Nodes).HasEnded);
        Assert.True(Assert.Single(ledger.Read(Start + UsageLedger.EndTicks + 1).Nodes).HasEnded);
        ledger.Report(new("n1", 1), [], Start + UsageLedger.EndTicks + 1);
        Assert.False(Assert.Single(ledger.Read(Start + UsageLedger.EndTicks + 1).Nodes).HasEnded);
    }

    [Fact]
    public void Tidy_ManyThatEnded_FoldsTheEarliestAndTakesNothingLateOfThem()
    {
        var ledger = new UsageLedger(Start);
        for (var i = 1; i <= UsageLedger.MaxEnded + 3; i++)
        {
            ledger.Report(new($"n{i}", i), [("a", Of(i))], Start + i);
        }

        var later = Start + (2 * UsageLedger.EndTicks);
        ledger.Report(new("old but there", 2), [("a", Of(1_000))], later);
        var total = Total(ledger, later);
        ledger.Tidy(_ => true, later);

        Assert.Equal(total, Total(ledger, later));
        Assert.Equal(UsageLedger.MaxEnded + 1, ledger.Read(later).Nodes.Count);
        Assert.Equal(1 + 2 + 3, ledger.Read(later).Rows.Single(r => r.Node == UsageReport.EarlierNodes).Counts.Allowed);

        // Folded: told to begin anew, after every count that was folded. Not folded: taken, however old.
        Assert.Equal(3, ledger.Report(new("n2", 2), [("a", Of(50))], later));
        Assert.Null(ledger.Report(new("old but there", 2), [("a", Of(1_001))], later));
        Assert.Null(ledger.Report(new("n4", 4), [("a", Of(5))], later));
        Assert.Null(ledger.Report(new("n2", 4), [("a", Of(7))], later));
        Assert.Equal(total + 1 + 1 + 7, Total(ledger, later));
    }

    [Fact]
    public void Tidy_ManyRulesThatAreGone_KeepsTheLastAndTheTotal()
    {
        var ledger = new UsageLedger(Start);
        for (var i = 0; i < UsageLedger.MaxRemovedRules + 5; i++)
        {
            ledger.Report(new("n1", 1), [($"r{i}", Of(i))], Start);
        }

        var total = Total(ledger, Start);
        ledger.Tidy(rule => rule is "r1", Start);
        ledger.Tidy(rule => rule is "r1", Start);

        // r0 counted nothing. Of the others that are gone the first were put together, but for the one that is there.
        var rows = ledger.Read(Start).Rows;
        Assert.Equal(total, Total(ledger, Start));
        Assert.Equal(2 + 3 + 4, Assert.Single(rows, r => r.Rule == UsageReport.RemovedRules).Counts.Allowed);
        Assert.Contains(rows, r => r.Rule == "r1");
        Assert.DoesNotContain(rows, r => r.Rule == "r4");
    }

    [Fact]
    public void Sender_NothingHeard_SendsTheSameAgainAndThenOnlyWhatIsNew()
    {
        var meter = new UsageMeter();
        meter.Count(Rules, 0, UsageOutcome.Allowed, 2);
        var sender = new UsageSender(meter, "n1", Start);

        Assert.Equal([("a", new(1, 0, 0, 0, 2))], sender.Next(10, Start));
        var rows = sender.Next(10, Start);
        Assert.Equal([("a", new(1, 0, 0, 0, 2))], rows);
        sender.Heard(rows);
        Assert.Empty(sender.Next(10, Start));
        meter.Count(Rules, 1, UsageOutcome.Refused, 0);
        Assert.Equal([("b", new(0, 1, 0, 0, 0))], sender.Next(10, Start));
        sender.SendAll();
        Assert.Equal(["a", "b"], sender.Next(10, Start).Select(r => r.Rule).Order(StringComparer.Ordinal));
        Assert.Single(sender.Next(1, Start));
    }

    [Fact]
    public void Sender_ToldToBeginAnew_SendsOnlyWhatWasNotSent()
    {
        var meter = new UsageMeter();
        meter.Count(Rules, 0, UsageOutcome.Allowed, 2);
        var sender = new UsageSender(meter, "n1", Start);
        sender.Heard(sender.Next(10, Start));
        meter.Count(Rules, 0, UsageOutcome.Allowed, 3);

        sender.BeginAfter(Start + 100, Start + 5);

        Assert.Equal(new UsageSource("n1", Start + 101), sender.Source);
        Assert.Equal([("a", new(1, 0, 0, 0, 3))], sender.Next(10, Start));
    }

    [Fact]
    public void Sender_RuleThatComesBackFromZero_CountsOn()
    {
        var meter = new UsageMeter();
        var ledger = new UsageLedger(Start);
        var sender = new UsageSender(meter, "n1", Start);
        var first = new RuleSet([LimitBy.TokenBucket("back", 1, "1/s")], version: 1);
        meter.Count(first, 0, UsageOutcome.Allowed, 0);
        meter.Count(first, 0, UsageOutcome.Allowed, 0);
        Send(sender, ledger, Start);
        for (var i = 0; i <= UsageReport.MaxRemovedRules; i++)
        {
            meter.Count(new RuleSet([LimitBy.TokenBucket($"r{i}", 1, "1/h")], version: i + 2), 0, UsageOutcome.Allowed, 0);
        }

        Assert.Equal(1, meter.Folds);
        Send(sender, ledger, Start);
        meter.Count(new RuleSet([LimitBy.TokenBucket("back", 1, "1/s")], version: 9_999), 0, UsageOutcome.Allowed, 0);
        Send(sender, ledger, Start);

        Assert.Equal(3, ledger.Read(Start).Rows.Where(r => r.Rule == "back").Sum(r => r.Counts.Allowed));
        Assert.Equal(3 + UsageReport.MaxRemovedRules + 1, Total(ledger, Start));
    }

    /// <summary>Nodes that count, report with losses and repetitions, are silent for long, restart; a ledger that forgets what it did not store.</summary>
    [Fact]
    public void Reports_LostRepeatedLateAndLedgerSetBack_NeverCountTwiceAndLoseNothingOfTheLiving() =>
        Prop.ForAll(Arb.From(Gen.ListOf(Gen.Choose(0, 9_999_999))), steps =>
        {
            var run = new Run();
            return steps.All(run.Take) && run.Ends();
        }).QuickCheckThrowOnFailure();

    private static (UsageMeter Meter, UsageSender Sender) Node(int i, long now)
    {
        var meter = new UsageMeter();
        return (meter, new UsageSender(meter, $"n{i}", now));
    }

    private static void Send(UsageSender sender, UsageLedger ledger, long now)
    {
        for (var rows = sender.Next(10_000, now); rows.Count > 0; rows = sender.Next(10_000, now))
        {
            if (ledger.Report(sender.Source, rows, now) is { } after)
            {
                sender.BeginAfter(after, now);
            }
            else
            {
                sender.Heard(rows);
            }
        }
    }

    private static long Total(UsageLedger ledger, long now) => ledger.Read(now).Rows.Sum(row => row.Counts.Allowed);

    private static UsageCounts Of(long allowed) => new(allowed, 0, 0, 0, 0);

    private sealed class Run
    {
        private readonly (UsageMeter Meter, UsageSender Sender)[] _nodes = [.. Enumerable.Range(0, 3).Select(i => Node(i, Start))];
        private readonly List<(UsageSource Source, IReadOnlyList<(string, UsageCounts)> Rows)> _mail = [];
        private UsageLedger _ledger = new(Start);
        private SavedUsage _saved = new UsageLedger(Start).Save();
        private long _now = Start;
        private long _truth;

        /// <summary>Does something; false when more counts then than was counted.</summary>
        public bool Take(int step)
        {
            var (i, number) = (step % 3, step / 36);
            var (meter, sender) = _nodes[i];
            switch (step / 3 % 12)
            {
                case < 5:
                    meter.Count(Rules, number % 2, UsageOutcome.Allowed, 0);
                    _truth++;
                    break;
                case 5:
                    // The report arrives, its answer does not.
                    _ledger.Report(sender.Source, Post(sender, 10), _now);
                    break;
                case 6 when _mail.Count > 0:
                    var (source, rows) = _mail[number % _mail.Count];
                    _ledger.Report(source, rows, _now);
                    break;
                case 7:
                    _now += number % 3 * UsageLedger.EndTicks;
                    _ledger.Tidy(_ => true, _now);
                    break;
                case 8:
                    Restart(i);
                    break;
                case 9:
                    // The ledger's machine is lost: it goes on from what was stored, and all report everything again.
                    _ledger = new(_saved);
                    Array.ForEach(_nodes, node => node.Sender.SendAll());
                    break;
                case 10:
                    Post(sender, 1);
                    break;
                default:
                    Send(sender, _ledger, _now);
                    break;
            }

            return Total(_ledger, _now) <= _truth;
        }

        /// <summary>Everybody reports; whether that is exactly what was counted, also after it was stored.</summary>
        public bool Ends()
        {
            foreach (var (_, sender) in _nodes)
            {
                sender.SendAll();
                Send(sender, _ledger, _now);
            }

            return Total(_ledger, _now) == _truth
                && new UsageLedger(_ledger.Save()).Read(_now).Rows.SequenceEqual(_ledger.Read(_now).Rows);
        }

        private IReadOnlyList<(string Rule, UsageCounts Counts)> Post(UsageSender sender, int most)
        {
            var rows = sender.Next(most, _now);
            _mail.Add((sender.Source, rows));
            return rows;
        }

        /// <summary>In good order: it reports before it goes, and that is stored.</summary>
        private void Restart(int i)
        {
            Send(_nodes[i].Sender, _ledger, _now);
            _saved = _ledger.Save();
            _nodes[i] = Node(i, ++_now);
        }
    }
}
