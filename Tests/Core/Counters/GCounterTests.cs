using FsCheck;
using FsCheck.Fluent;
using Throttle.Core.Counters;

namespace Throttle.Tests.Core.Counters;

/// <summary>The counter of seed 000, with its cases 4 to 7.</summary>
public sealed class GCounterTests
{
    private static readonly string[] Ids = ["A", "B", "C", "D", "é", "a longer id"];

    private static Gen<GCounter> AnyCounter =>
        from slots in Gen.ListOf(
            from id in Gen.Elements(Ids)
            from count in Gen.Frequency((9, Gen.Choose(0, 20).Select(c => (long)c)), (1, Gen.Constant(long.MaxValue / 64)))
            select (id, count))
        select slots.Aggregate(GCounter.Zero, (counter, slot) => counter.Merge(GCounter.Of(slot.id, slot.count)));

    [Fact]
    public void Merge_OfTwoThatCounted_IsBothOnceAndOwnSlotsStay()
    {
        // Case 4.
        var a = GCounter.Zero.Add("A", 5);
        var b = GCounter.Zero.Add("B", 3);

        a = a.Merge(b);
        Assert.Equal(8, a.Value);
        a = a.Merge(b);
        Assert.Equal(8, a.Value);
        b = b.Merge(a);
        Assert.Equal(8, b.Value);
        Assert.Equal(3, b["B"]);
    }

    [Fact]
    public void Add_Negative_IsAnErrorAndZeroChangesNothing()
    {
        // Case 5.
        var counter = GCounter.Of("A", 5);

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => counter.Add("A", -1));

        Assert.Contains("-1", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, counter.Value);
        Assert.Same(counter, counter.Add("A", 0));
        Assert.Equal(0, GCounter.Zero.Add("A", 0).SlotCount);
    }

    [Fact]
    public void Merge_AnyStates_IsCommutativeAssociativeAndIdempotent() =>
        // Case 6.
        Prop.ForAll(
            Arb.From(from x in AnyCounter from y in AnyCounter from z in AnyCounter select (x, y, z)),
            s => s.x.Merge(s.y).Merge(s.z).Equals(s.x.Merge(s.y.Merge(s.z)))
                && s.x.Merge(s.y).Equals(s.y.Merge(s.x))
                && s.x.Merge(s.x).Equals(s.x)
                && s.x.Merge(GCounter.Zero).Equals(s.x)
                && s.x.Merge(s.y).Value >= Int128.Max(s.x.Value, s.y.Value)).QuickCheckThrowOnFailure();

    [Fact]
    public void Merge_SlotUnknownHere_IsIncluded()
    {
        // Case 7, corrected: the union of the ids. The original drops D.
        var a = GCounter.Of("A", 1).Merge(GCounter.Of("D", 6));

        Assert.Equal(7, a.Value);
        Assert.Equal(6, a["D"]);
    }

    [Fact]
    public void Merge_StatesLostRepeatedAndReordered_EndsAtTheTrueTotal() =>
        Prop.ForAll(Arb.From(Gen.ListOf(Gen.Choose(0, 9999))), steps =>
        {
            var owners = new GCounter[] { GCounter.Zero, GCounter.Zero, GCounter.Zero };
            var sent = new List<GCounter>();
            var (truth, seen) = (0, GCounter.Zero);
            foreach (var step in steps)
            {
                var who = step % 3;
                owners[who] = owners[who].Add(Ids[who], step % 7);
                truth += step % 7;
                sent.Add(owners[who]);

                // Any of the old states may arrive now, or none.
                seen = step % 2 == 0 ? seen.Merge(sent[step / 2 % sent.Count]) : seen;
                if (seen.Value > truth)
                {
                    return false;
                }
            }

            return owners.Aggregate(seen, (all, owner) => all.Merge(owner)).Value == truth;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Add_PastTheLargestNumber_IsAnErrorThatNamesTheSlot()
    {
        var full = GCounter.Of("A", long.MaxValue - 2);

        Assert.Equal(long.MaxValue, full.Add("A", 2)["A"]);
        Assert.Contains("'A'", Assert.Throws<OverflowException>(() => full.Add("A", 3)).Message, StringComparison.Ordinal);
        Assert.Equal((Int128)long.MaxValue * 2, full.Add("A", 2).Merge(GCounter.Of("B", long.MaxValue)).Value);
    }

    [Fact]
    public void Fold_OfEndedSlots_KeepsTheValueInFewer()
    {
        var counter = GCounter.Of("A@1", 5).Add("A@2", 7).Add("B@1", 1).Add("base", 10);

        var folded = counter.Fold("base", "A@1", "B@1", "gone", "base");

        Assert.Equal(counter.Value, folded.Value);
        Assert.Equal([new("A@2", 7), new("base", 16)], folded.Slots);
        Assert.Throws<OverflowException>(() => GCounter.Of("x", long.MaxValue).Add("base", 1).Fold("base", "x"));
    }

    [Fact]
    public void Slots_MoreThanTheMaximum_AreAnError()
    {
        var full = Enumerable.Range(0, GCounter.MaxSlots).Aggregate(GCounter.Zero, (c, i) => c.Add($"{i}", 1));

        Assert.Equal(GCounter.MaxSlots, full.Value);
        Assert.Contains("fold", Assert.Throws<InvalidOperationException>(() => full.Add("more", 1)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => full.Merge(GCounter.Of("more", 1)));
    }

    [Fact]
    public void Id_ThatNoSlotCanHave_IsAnError()
    {
        Assert.ThrowsAny<ArgumentException>(() => GCounter.Of("", 1));
        Assert.ThrowsAny<ArgumentException>(() => GCounter.Of(new('\uD800', 1), 1));
    }

    [Fact]
    public void Id_LongerThanAllowed_IsAnErrorThatSaysBoth()
    {
        var error = Assert.Throws<ArgumentException>(() => GCounter.Of(new('é', 501), 1));

        Assert.Contains("1002 bytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, GCounter.Of(new('é', 500), 1).Value);
    }

    [Fact]
    public void Save_OfAState_IsThePinnedForm() =>
        Assert.Equal(
            "01" + "02000000" + "0100" + "41" + "0500000000000000" + "0200" + "C3A9" + "00E1F50500000000",
            Convert.ToHexString(GCounter.Of("é", 100_000_000).Add("A", 5).Save()));

    [Fact]
    public void Restore_OfWhatWasSaved_IsTheSame() =>
        Prop.ForAll(Arb.From(AnyCounter), c => GCounter.Restore(c.Save()).Equals(c)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("02")]
    [InlineData("01")]
    [InlineData("0100000000FF")]
    [InlineData("01FFFFFFFF")]
    [InlineData("0111270000")]
    [InlineData("0101000000010041")]
    [InlineData("01010000000100410000000000000000")]
    [InlineData("0101000000010041FFFFFFFFFFFFFFFF")]
    [InlineData("01010000000000" + "0100000000000000")]
    [InlineData("0101000000" + "0100FF" + "0100000000000000")]
    [InlineData("0102000000" + "0100410100000000000000" + "0100410100000000000000")]
    public void Restore_OfOtherBytes_IsAFormatError(string hex) =>
        Assert.Throws<FormatException>(() => GCounter.Restore(Convert.FromHexString(hex)));

    [Fact]
    public void Restore_OfAnyBytes_IsACounterOrAFormatError() =>
        Prop.ForAll(Arb.From(Gen.ArrayOf(Gen.Choose(0, 255).Select(b => (byte)b))), bytes =>
        {
            try
            {
                return GCounter.Restore([1, .. bytes]).SlotCount >= 0;
            }
            catch (FormatException)
            {
                return true;
            }
        }).QuickCheckThrowOnFailure();
}
