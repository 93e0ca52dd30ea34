using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

public sealed class ConcurrencyContractTests : LimiterContract<ConcurrencyState>
{
    protected override IReadOnlyList<(string Name, ILimiter<ConcurrencyState> Limiter)> Cases { get; } =
    [
        ("5 for 1s", new Concurrency(5, Ticks.PerSecond)),
        ("10 for 1s", new Concurrency(10, Ticks.PerSecond)),
        ("1 for 1µs", new Concurrency(1, Limits.MinPeriodTicks)),
        ("1,000 for 1h", new Concurrency(1_000, 3_600 * Ticks.PerSecond)),
        ("2^53 for 400d", new Concurrency(Limits.MaxPermits, Limits.MaxPeriodTicks)),
        ("2^53 for 1µs", new Concurrency(Limits.MaxPermits, Limits.MinPeriodTicks)),
    ];

    protected override bool Reserves => false;

    protected override bool SetsAside => false;

    protected override long MostAfter(OnChange onChange, long before, ILimiter<ConcurrencyState> old, ILimiter<ConcurrencyState> changed) =>
        Math.Max(0, changed.Limit - (old.Limit - before));

    [Theory]
    [InlineData(0, 10, "limit is 0; use 1 to 9007199254740992.")]
    [InlineData(-7, 10, "limit is -7; use 1 to 9007199254740992.")]
    [InlineData(Limits.MaxPermits + 1, 10, "limit is 9007199254740993; use 1 to 9007199254740992.")]
    [InlineData(1, 9, "leaseTicks is 9 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    [InlineData(1, -1, "leaseTicks is -1 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    [InlineData(1, Limits.MaxPeriodTicks + 1, "leaseTicks is 345600000000001 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    public void Constructor_NumberOutOfRange_ThrowsNamingValueAndRange(long limit, long leaseTicks, string message)
    {
        var fault = Assert.Throws<ArgumentOutOfRangeException>(() => new Concurrency(limit, leaseTicks));

        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lease_AroundItsEnd_IsHeldUntilJustBefore()
    {
        var limiter = new Concurrency(1, Ticks.PerSecond);
        var state = Drained(limiter, Start);

        Assert.False(limiter.Peek(state, 1, Start + Ticks.PerSecond - 1).IsAllowed);
        Assert.True(limiter.Peek(state, 1, Start + Ticks.PerSecond).IsAllowed);
    }

    [Fact]
    public void Renew_BeforeTheEnd_ExtendsByOneLeaseTimeFromNow()
    {
        var limiter = new Concurrency(1, Ticks.PerSecond);
        var state = limiter.Create(Start);
        var lease = limiter.Acquire(ref state, 1, Start).Grant;
        Assert.Equal(Start + Ticks.PerSecond, lease.ExpiresAt);
        var late = Start + Ticks.PerSecond - 1;

        Assert.Equal(late + Ticks.PerSecond, limiter.Renew(ref state, lease.LeaseId, late));
        Assert.Equal(Ticks.PerSecond, limiter.Acquire(ref state, 1, late).RetryAfterTicks);
        Assert.False(limiter.Peek(state, 1, late + Ticks.PerSecond - 1).IsAllowed);
        Assert.True(limiter.Peek(state, 1, late + Ticks.PerSecond).IsAllowed);
    }

    [Fact]
    public void Renew_OfALeaseNotHeld_IsNullAndChangesNothing()
    {
        var limiter = new Concurrency(2, Ticks.PerSecond);
        var state = limiter.Create(Start);
        var lease = limiter.Acquire(ref state, 1, Start).Grant;
        var before = limiter.Save(state);

        Assert.Null(limiter.Renew(ref state, Guid.NewGuid(), Start));
        Assert.Null(limiter.Renew(ref state, Guid.Empty, Start));
        Assert.Equal(before, limiter.Save(state));
        Assert.Null(limiter.Renew(ref state, lease.LeaseId, Start + Ticks.PerSecond));
    }

    [Fact]
    public void Return_OfAnEndedOrReturnedLease_GivesNothing()
    {
        var limiter = new Concurrency(2, Ticks.PerSecond);
        var state = limiter.Create(Start);
        var first = limiter.Acquire(ref state, 1, Start).Grant;
        var second = limiter.Acquire(ref state, 1, Start).Grant;

        Assert.True(limiter.Return(ref state, first, Start));
        Assert.False(limiter.Return(ref state, first, Start));
        Assert.False(limiter.Return(ref state, second, Start + Ticks.PerSecond));
    }

    [Fact]
    public void Lease_AmongThousands_SharesNoBitWithTheOthers()
    {
        var limiter = new Concurrency(100, Limits.MinPeriodTicks);
        var seen = new HashSet<Guid>();
        Span<int> ones = stackalloc int[128];
        var state = limiter.Create(Start);
        for (var now = Start; now < Start + 2_000; now++)
        {
            for (var i = 0; i < 3; i++)
            {
                var decision = limiter.Acquire(ref state, 1, now);
                Assert.True(decision.IsAllowed);
                Assert.True(seen.Add(decision.Grant.LeaseId), "A lease came twice.");
                Count(ones, decision.Grant.LeaseId);
                limiter.Return(ref state, decision.Grant, now);
                state = limiter.IsNew(state, now) ? limiter.Create(now) : state;
            }
        }

        // Each bit is one about every second time: 3,000 of 6,000, give or take 13 standard deviations of 39.
        foreach (var count in ones)
        {
            Assert.InRange(count, 2_500, 3_500);
        }

        static void Count(Span<int> ones, Guid id)
        {
            var bytes = id.ToByteArray();
            for (var bit = 0; bit < ones.Length; bit++)
            {
                ones[bit] += (bytes[bit / 8] >> (bit % 8)) & 1;
            }
        }
    }

    [Fact]
    public void Peek_ThatWouldBeGranted_NamesNoLease()
    {
        var limiter = new Concurrency(1, Ticks.PerSecond);

        var answer = limiter.Peek(limiter.Create(Start), 1, Start);

        Assert.True(answer.IsAllowed);
        Assert.Equal(Guid.Empty, answer.Grant.LeaseId);
    }

    [Theory]
    [InlineData(OnChange.Keep)]
    [InlineData(OnChange.Proportional)]
    [InlineData(OnChange.Additive)]
    public void CarryOver_InEveryModeButReset_KeepsTheLeases(OnChange onChange)
    {
        var old = new Concurrency(5, Ticks.PerSecond);
        var changed = new Concurrency(2, 10 * Ticks.PerSecond);
        var state = old.Create(Start);
        var leases = Enumerable.Range(0, 3).Select(_ => old.Acquire(ref state, 1, Start).Grant).ToArray();

        var carried = changed.CarryOver(state, old, onChange, Start);

        Assert.Equal(0, changed.Peek(carried, 0, Start).Remaining);
        Assert.Equal(Start + (10 * Ticks.PerSecond), changed.Renew(ref carried, leases[0].LeaseId, Start));
        Assert.True(changed.Return(ref carried, leases[1], Start));
        Assert.Equal(Ticks.PerSecond, changed.Acquire(ref carried, 1, Start).RetryAfterTicks);
        Assert.True(changed.Return(ref carried, leases[2], Start));
        Assert.True(changed.Acquire(ref carried, 1, Start).IsAllowed);
    }

    [Fact]
    public void Acquire_ThatWouldWait_IsRefusedWhateverItOffers()
    {
        var limiter = new Concurrency(1, Ticks.PerSecond);
        var state = Drained(limiter, Start);

        var refused = limiter.Acquire(ref state, 1, Start, Ticks.Never);

        Assert.False(refused.IsAllowed);
        Assert.Equal(Ticks.PerSecond, refused.RetryAfterTicks);
    }
}
