using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Limiters;

/// <content>Other numbers for a live bucket.</content>
public abstract partial class LimiterContract<TState>
{
    [Fact]
    public void CarryOver_ToTheSameNumbers_ChangesNothing() => ForEach((limiter, start) =>
    {
        foreach (var state in SomeStates(limiter, start))
        {
            foreach (var onChange in new[] { OnChange.Keep, OnChange.Proportional, OnChange.Additive })
            {
                var before = limiter.Save(state);
                var carried = limiter.CarryOver(state, limiter, onChange, start + 3);
                Assert.Equal(before, limiter.Save(state));
                AssertSameAnswers(limiter, state, carried, start + 3);
            }
        }
    });

    [Fact]
    public void CarryOver_Reset_IsANewBucket() => ForEach((limiter, start) =>
    {
        foreach (var (name, old) in Cases)
        {
            foreach (var state in SomeStates(old, start))
            {
                var carried = limiter.CarryOver(state, old, OnChange.Reset, start);
                Assert.True(limiter.Acquire(ref carried, limiter.Limit, start).IsAllowed, $"from {name}");
                Assert.False(limiter.Acquire(ref carried, 1, start).IsAllowed);
            }
        }
    });

    [Fact]
    public void CarryOver_ToOtherNumbers_GrantsNoMoreThanItsModeSays() => ForEach((limiter, start) =>
    {
        foreach (var (name, old) in Cases)
        {
            foreach (var onChange in new[] { OnChange.Keep, OnChange.Proportional, OnChange.Additive })
            {
                foreach (var used in Costs(old).Prepend(0))
                {
                    var state = old.Create(start);
                    old.Acquire(ref state, used, start);
                    var carried = limiter.CarryOver(state, old, onChange, start);
                    var most = MostAfter(onChange, old.Limit - used, old, limiter);
                    var remaining = limiter.Peek(carried, 0, start).Remaining;
                    Assert.True(remaining <= most, $"{onChange} from {name} with {used} used: {remaining} remain, at most {most} should");
                    Assert.False(limiter.Acquire(ref carried, remaining + 1, start).IsAllowed);
                    Assert.Equal(remaining > 0, limiter.Acquire(ref carried, Math.Max(1, remaining), start).IsAllowed);
                }
            }
        }
    });

    [Fact]
    public void CreateWith_Remaining_HoldsThatManyClamped() => ForEach((limiter, start) =>
    {
        foreach (var remaining in Costs(limiter).Append(0))
        {
            var state = limiter.CreateWith(remaining, start);
            Assert.Equal(remaining, limiter.Peek(state, 0, start).Remaining);
            Assert.Equal(remaining == limiter.Limit, limiter.IsNew(state, start));
            AssertSameAnswers(limiter, state, Copy(limiter, state), start);
        }

        Assert.Equal(0, limiter.Peek(limiter.CreateWith(-1, start), 0, start).Remaining);
        Assert.Equal(0, limiter.Peek(limiter.CreateWith(long.MinValue, start), 0, start).Remaining);
        Assert.Equal(limiter.Limit, limiter.Peek(limiter.CreateWith(long.MaxValue, start), 0, start).Remaining);
    });
}
