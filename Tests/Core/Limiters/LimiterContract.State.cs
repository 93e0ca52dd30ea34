using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

/// <content>When a bucket is as new, and what is saved of it.</content>
public abstract partial class LimiterContract<TState>
{
    [Fact]
    public void IsNew_AroundReset_IsTrueOnlyThen() => ForEach((limiter, start) =>
    {
        Assert.True(limiter.IsNew(limiter.Create(start), start));
        Assert.Equal(0, limiter.Peek(limiter.Create(start), 0, start).ResetAfterTicks);
        foreach (var state in SomeStates(limiter, start).Skip(1))
        {
            var reset = limiter.Peek(state, 0, start).ResetAfterTicks;
            Assert.True(reset > 0);
            Assert.False(limiter.IsNew(state, start));
            var due = Ticks.Add(start, reset);
            if (due > Ticks.MaxInstant)
            {
                Assert.False(limiter.IsNew(state, Ticks.MaxInstant));
                continue;
            }

            Assert.False(limiter.IsNew(state, due - 1));
            Assert.True(limiter.IsNew(state, due), $"not new {reset} ticks on, when it should be");
            Assert.Equal(1, limiter.Peek(state, 0, due - 1).ResetAfterTicks);
            Assert.Equal(0, limiter.Peek(state, 0, due).ResetAfterTicks);
            AssertSameAnswers(limiter, limiter.Create(due), state, due);
        }
    });

    [Fact]
    public void Restore_OfSaved_AnswersTheSameEverAfter() => ForEach((limiter, start) =>
    {
        foreach (var state in SomeStates(limiter, start))
        {
            var saved = limiter.Save(state);
            var restored = limiter.Restore(saved);
            Assert.Equal(saved, limiter.Save(restored));
            AssertSameAnswers(limiter, state, restored, start);
            var grants = new List<(Grant Own, Grant Other)>();
            foreach (var elapsed in Moments(limiter, start))
            {
                var other = Copy(limiter, restored);
                var cost = 1 + (elapsed % limiter.Limit);
                var decision = limiter.Acquire(ref restored, cost, start + elapsed, elapsed);
                var same = limiter.Acquire(ref other, cost, start + elapsed, elapsed);
                Assert.Equal(decision.WithoutLeaseId(), same.WithoutLeaseId());
                grants.Add((decision.Grant, same.Grant));
                Assert.Equal(
                    limiter.Return(ref restored, grants[0].Own, start + elapsed), limiter.Return(ref other, grants[0].Other, start + elapsed));
                AssertSameAnswers(limiter, restored, other, start + elapsed);
            }
        }
    });

    [Fact]
    public void Restore_OfAnythingElse_ThrowsFormatException() => ForEach((limiter, start) =>
    {
        Assert.Throws<FormatException>(() => limiter.Restore([]));
        foreach (var state in SomeStates(limiter, start))
        {
            var saved = limiter.Save(state);
            for (var length = 0; length < saved.Length; length++)
            {
                Assert.Throws<FormatException>(() => limiter.Restore(saved.AsSpan(0, length)));
            }

            Assert.Throws<FormatException>(() => limiter.Restore([.. saved, 0]));
            Assert.Throws<FormatException>(() => limiter.Restore([0, .. saved.Skip(1)]));
            Assert.Throws<FormatException>(() => limiter.Restore([saved[0], .. Enumerable.Repeat((byte)0xFF, saved.Length - 1)]));
            foreach (var foreign in ForeignStates.Of<TState>(start))
            {
                Assert.Throws<FormatException>(() => limiter.Restore(foreign));
            }
        }
    });

    [Fact]
    public void Restore_OfDamagedBytes_ThrowsFormatExceptionOrGivesAUsableState() => ForEach((limiter, start) =>
    {
        var random = new Random(20_240_229);
        foreach (var state in SomeStates(limiter, start))
        {
            for (var i = 0; i < 300; i++)
            {
                var damaged = limiter.Save(state);
                for (var bytes = random.Next(1, 4); bytes > 0; bytes--)
                {
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                }

                UseOrRefuse(limiter, damaged, start);
            }
        }
    });
}
