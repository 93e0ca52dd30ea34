using FsCheck;
using FsCheck.Fluent;
using Throttle.Core.Counters;
using Throttle.Core.Limiters;
using Throttle.Core.Replication;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Replication;

/// <summary>The bucket that seed 000 promises, with its cases 9 and 11 (there is no 10), and cases 6 and 8 of seed 002.</summary>
public sealed class ReplicatedTokenBucketTests
{
    private const long Start = Ticks.UnixEpoch;
    private const long Second = Ticks.PerSecond;
    private static readonly Rate FourPerSecond = Rate.Parse("4/s");

    [Fact]
    public void Acquire_ThreeHostsBurst_AreAllRepaidAfterTheExchange()
    {
        // Case 9: A, C, B, B take one each of 4; after the exchange there is nothing anywhere. Seed 002, case 6, is the same.
        var (a, b, c) = Three();
        foreach (var host in new[] { a, c, b, b })
        {
            Assert.True(host.Acquire(1, Start).IsAllowed);
        }

        ExchangeAll(Start, a, b, c);

        foreach (var host in new[] { a, b, c })
        {
            Assert.Equal(0, host.LevelAt(Start));
            var refused = host.Acquire(1, Start);
            Assert.False(refused.IsAllowed);
            Assert.Equal(Second / 4, refused.RetryAfterTicks);
        }
    }

    [Fact]
    public void Acquire_EveryHostItsFullCapacity_SinksBelowZeroAndIsRepaid()
    {
        // Seed 002, case 8: cut off, each host allows 4, 12 together; the debt is repaid, "12 requests within 3 seconds".
        var (a, b, c) = Three();
        foreach (var host in new[] { a, b, c })
        {
            Assert.Equal(4, Enumerable.Range(0, 9).Count(_ => host.Acquire(1, Start).IsAllowed));
        }

        ExchangeAll(Start, a, b, c);

        foreach (var host in new[] { a, b, c })
        {
            Assert.Equal(-8, host.LevelAt(Start));
            Assert.Equal(9 * Second / 4, host.Acquire(1, Start).RetryAfterTicks);
            Assert.False(host.Acquire(1, Start + (9 * Second / 4) - 1).IsAllowed);
            Assert.Equal(1, host.LevelAt(Start + (9 * Second / 4)));
        }

        Assert.True(b.Acquire(1, Start + (9 * Second / 4)).IsAllowed);
    }

    [Fact]
    public void Merge_RoundLost_NextCumulativeStateMakesUpForIt()
    {
        // Case 11: the same final levels as without the loss.
        var (a, b, c) = Three();
        var (a2, b2, c2) = Three();
        foreach (var hosts in new[] { (A: a, C: c, HasRound: true), (A: a2, C: c2, HasRound: false) })
        {
            hosts.A.Acquire(2, Start);
            if (hosts.HasRound)
            {
                ExchangeAll(Start, a, b, c);
            }

            hosts.C.Acquire(1, Start);
        }

        ExchangeAll(Start, a, b, c);
        ExchangeAll(Start, a2, b2, c2);

        Assert.Equal([1, 1, 1], Levels(Start, a, b, c));
        Assert.Equal([1, 1, 1], Levels(Start, a2, b2, c2));
    }

    [Fact]
    public void Merge_SecondDelivery_ChangesNothing()
    {
        var (a, b, _) = Three();
        a.Acquire(3, Start);
        var old = (a.Consumed, a.Returned);
        a.Acquire(1, Start);

        Assert.True(b.Merge(a.Consumed, a.Returned, Start));
        Assert.False(b.Merge(a.Consumed, a.Returned, Start));
        Assert.False(b.Merge(old.Consumed, old.Returned, Start));
        Assert.Equal(0, b.LevelAt(Start));
    }

    [Fact]
    public void Merge_OwnSlotSentBackLarger_IsNotTaken()
    {
        var (a, _, _) = Three();
        a.Acquire(1, Start);

        Assert.False(a.Merge(GCounter.Of("A", 100), GCounter.Of("A", 50), Start));
        Assert.Equal(3, a.LevelAt(Start));
        Assert.Equal(1, a.Consumed["A"]);
    }

    [Fact]
    public void Fork_AfterARestart_GoesOnUnderANewIdFromThePeersLevel()
    {
        var (a, b, c) = Three();
        a.Acquire(3, Start);
        b.Acquire(1, Start);
        ExchangeAll(Start, a, b, c);

        var reborn = b.Fork("A@2");

        Assert.Equal(0, reborn.LevelAt(Start));
        Assert.True(reborn.Acquire(1, Start + (Second / 4)).IsAllowed);
        ExchangeAll(Start + (Second / 4), reborn, b, c);
        Assert.Equal([0, 0, 0], Levels(Start + (Second / 4), reborn, b, c));
        Assert.Contains("'A'", Assert.Throws<ArgumentException>(() => b.Fork("A")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Return_OfWhatWasGrantedHere_IsGivenBackEverywhere()
    {
        var (a, b, _) = Three();
        a.Acquire(3, Start);
        b.Merge(a.Consumed, a.Returned, Start);
        Assert.Equal(1, b.LevelAt(Start));

        Assert.True(a.Return(2, Start));
        Assert.False(a.Return(2, Start));
        b.Merge(a.Consumed, a.Returned, Start);

        Assert.Equal(3, a.LevelAt(Start));
        Assert.Equal(3, b.LevelAt(Start));
    }

    [Fact]
    public void Acquire_ClockSetBack_RefillsNothing()
    {
        var (a, _, _) = Three();
        Assert.True(a.Acquire(4, Start).IsAllowed);

        Assert.False(a.Acquire(1, Start - Second).IsAllowed);
        Assert.Equal(0, a.LevelAt(Start));
    }

    /// <summary>States lost, repeated and reordered on the way; at the end everybody hears from everybody.</summary>
    [Fact]
    public void Exchange_LossyAndReordered_EndsAtTheSameLevelsAndTheTrueTotal() =>
        Prop.ForAll(Arb.From(Gen.ListOf(Gen.Choose(0, 99_999))), steps =>
        {
            var hosts = Hosts(3, 50, "1/400d");
            var mail = new List<(GCounter Consumed, GCounter Returned)>();
            var total = 0L;
            foreach (var step in steps)
            {
                var host = hosts[step % 3];
                if (step / 3 % 4 == 0 && mail.Count > 0)
                {
                    var letter = mail[step / 12 % mail.Count];
                    host.Merge(letter.Consumed, letter.Returned, Start);
                }
                else if (step / 3 % 4 == 1)
                {
                    total -= host.Return(step / 12 % 5, Start) ? step / 12 % 5 : 0;
                }
                else
                {
                    total += host.Acquire(step / 12 % 9, Start) is { IsAllowed: true } ? step / 12 % 9 : 0;
                    mail.Add((host.Consumed, host.Returned));
                }
            }

            // What is given back overflows where it meets a full bucket; nothing does while nothing is at its top.
            ExchangeAll(Start, hosts);
            return total <= 3 * 50 && hosts.All(h => h.Consumed.Value - h.Returned.Value == total && h.LevelAt(Start) <= 50 - total);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Exchange_WithoutReturns_EndsAtExactlyWhatIsLeft() =>
        Prop.ForAll(Arb.From(Gen.ListOf(Gen.Choose(0, 99_999))), steps =>
        {
            var hosts = Hosts(4, 20, "1/400d");
            var mail = new List<GCounter>();
            var total = 0L;
            foreach (var step in steps)
            {
                var host = hosts[step % 4];
                total += host.Acquire(step / 4 % 5, Start) is { IsAllowed: true } ? step / 4 % 5 : 0;
                mail.Add(host.Consumed);
                if (step % 3 > 0)
                {
                    hosts[step / 7 % 4].Merge(mail[step / 5 % mail.Count], GCounter.Zero, Start);
                }
            }

            ExchangeAll(Start, hosts);
            return total <= 4 * 20 && hosts.All(h => h.LevelAt(Start) == 20 - total);
        }).QuickCheckThrowOnFailure();

    /// <summary>The stated bound, at every step: capacity + rate × T, and (N − 1) × (capacity + rate × D) more.</summary>
    [Fact]
    public void Bound_WithAnExchangeEveryD_HoldsInEveryInterval() =>
        Prop.ForAll(Arb.From(Gen.ListOf(Gen.Choose(0, 999_999))), steps =>
        {
            const int Hosts3 = 3, Capacity = 10, PerSecond = 5, Every = 4;
            var hosts = Hosts(Hosts3, Capacity, "5/s");
            var granted = new List<(long At, long Permits)>();
            var now = Start;
            foreach (var (step, i) in steps.Select((s, i) => (s, i)))
            {
                now += Second / 4;
                if (i % Every == 0)
                {
                    ExchangeAll(now, hosts);
                }

                for (var n = 0; n < step % 30; n++)
                {
                    granted.Add((now, hosts[((step / 30) + n) % Hosts3].Acquire(1, now).IsAllowed ? 1 : 0));
                }
            }

            for (var from = 0; from < granted.Count; from++)
            {
                var sum = 0L;
                for (var to = from; to < granted.Count; to++)
                {
                    sum += granted[to].Permits;
                    var permitTicks = ((long)Capacity * Second) + (PerSecond * (granted[to].At - granted[from].At));
                    var more = (Hosts3 - 1) * ((Capacity * Second) + (PerSecond * Every * Second / 4));
                    if (sum * Second > permitTicks + more)
                    {
                        return false;
                    }
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(2, 30)]
    [InlineData(3, 7)]
    [InlineData(5, 1)]
    public void Bound_CutOffForATime_IsPTimesAndRepaidAfterwards(int sides, int seconds)
    {
        const long Capacity = 4;
        var hosts = Hosts(sides, Capacity, "4/s");
        var total = 0L;
        for (var quarter = 0; quarter <= seconds * 4; quarter++)
        {
            total += Greedy(hosts, Start + (quarter * Second / 4));
        }

        Assert.Equal(sides * (Capacity + (4 * seconds)), total);
        var healed = Start + (seconds * Second);
        ExchangeAll(healed, hosts);
        Assert.All(hosts, h => Assert.Equal(-(sides - 1) * (Capacity + (4 * seconds)), h.LevelAt(healed)));

        // Nothing more is granted until the average is the rate again: capacity + rate × T in all.
        var debt = (sides - 1) * (Capacity + (4L * seconds));
        Assert.Equal(0, Greedy(hosts, healed + ((debt + 1) * Second / 4) - 1));
        var repaid = healed + (debt * Second / 4);
        Assert.Equal(Capacity + (4 * ((repaid - Start) / Second)) + (4 * ((repaid - Start) % Second) / Second), total);
    }

    [Fact]
    public void LongRun_AllGreedyWithExchange_AveragesTheRate()
    {
        var hosts = Hosts(3, 10, "4/s");
        var total = 0L;
        for (var second = 0; second < 1_000; second++)
        {
            total += Greedy(hosts, Start + (second * Second));
            ExchangeAll(Start + (second * Second), hosts);
        }

        Assert.InRange(total, 10 + (4 * 999), 10 + (4 * 999) + (2 * (10 + 4)));
    }

    [Fact]
    public void Level_OfANumberThatCannotBeHeld_StaysAtWhatCanBeRepaid()
    {
        var bucket = new ReplicatedTokenBucket("A", 1, Rate.Parse("1/400d"), Start);
        bucket.Merge(Enumerable.Range(0, 50).Aggregate(GCounter.Zero, (c, i) => c.Add($"{i}", long.MaxValue)), GCounter.Zero, Start);

        Assert.False(bucket.Acquire(1, Start).IsAllowed);
        Assert.True(bucket.LevelAt(Start) < 0);
        Assert.False(bucket.Acquire(1, Ticks.MaxInstant).IsAllowed);
    }

    private static (ReplicatedTokenBucket A, ReplicatedTokenBucket B, ReplicatedTokenBucket C) Three() =>
        (new("A", 4, FourPerSecond, Start), new("B", 4, FourPerSecond, Start), new("C", 4, FourPerSecond, Start));

    private static ReplicatedTokenBucket[] Hosts(int count, long capacity, string rate) =>
        [.. Enumerable.Range(0, count).Select(i => new ReplicatedTokenBucket($"host-{i}", capacity, Rate.Parse(rate), Start))];

    private static void ExchangeAll(long now, params ReplicatedTokenBucket[] hosts)
    {
        foreach (var from in hosts)
        {
            foreach (var to in hosts.Where(to => to != from))
            {
                to.Merge(GCounter.Of(from.Replica, from.Consumed[from.Replica]), GCounter.Of(from.Replica, from.Returned[from.Replica]), now);
            }
        }
    }

    private static long Greedy(IEnumerable<ReplicatedTokenBucket> hosts, long now) => hosts.Sum(host =>
    {
        var granted = 0L;
        while (host.Acquire(1, now).IsAllowed)
        {
            granted++;
        }

        return granted;
    });

    private static long[] Levels(long now, params ReplicatedTokenBucket[] hosts) => [.. hosts.Select(host => host.LevelAt(now))];
}
