using System.Reflection;
using System.Runtime.CompilerServices;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Engine;

/// <summary>Texts of the values that a user meets.</summary>
public sealed class TextTests
{
    private readonly VirtualTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The answers of a throttle, and what they are made of.</summary>
    public static TheoryData<Type> Types()
    {
        var answers = typeof(IThrottle).GetMethods()
            .Select(method => method.ReturnType)
            .Select(type => type.IsGenericType ? type.GetGenericArguments()[0] : type)
            .Select(type => Nullable.GetUnderlyingType(type) ?? type)
            .Where(type => type.Assembly == typeof(IThrottle).Assembly);
        return
        [
            .. answers.Concat(
                [
                    typeof(Decision), typeof(RuleDecision), typeof(LimiterDecision), typeof(BeginDecision), typeof(CallPermit), typeof(Attributes),
                    typeof(Rate), typeof(Factor), typeof(Rule), typeof(LimiterSpec), typeof(KeyPart), typeof(RuleFault), typeof(RuleFieldChange),
                ])
                .Distinct(),
        ];
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void ToString_OfEachAnswer_IsWrittenForPeople(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var text = type.GetMethod(nameof(ToString), Type.EmptyTypes)!;

        Assert.True(
            type.IsEnum || (text.DeclaringType!.Assembly == typeof(IThrottle).Assembly && text.GetCustomAttribute<CompilerGeneratedAttribute>() is null),
            $"{type} prints the name of its type, or all of its members.");
    }

    [Fact]
    public async Task ToString_OfDecisions_SaysWhatWasDecided()
    {
        await using var throttle = new LocalThrottle(
            [LimitBy.TokenBucket("per-user", 3, "2/s", "user"), LimitBy.Spacing("calls", "10s", 1, "call")], new() { TimeProvider = _time });

        Attributes attributes = [("user", "1"), ("path", "/x")];
        Decision[] decisions =
        [
            await throttle.AcquireAsync([("user", "1")], cost: 2),
            await throttle.ReserveAsync(new ThrottleRequest([("user", "1")], 2) { MaxWait = TimeSpan.FromSeconds(5) }),
            await throttle.AcquireAsync([("user", "1")], cost: 2),
            await throttle.AcquireAsync([("user", "1")], cost: 4),
            await throttle.AcquireAsync([("other", "1")]),
        ];

        Assert.Equal(
            [
                "allowed by 'per-user', 1 of 3 left",
                "allowed by 'per-user' after 500ms, 0 of 3 left",
                "refused by 'per-user', retry after 1500ms",
                "refused by 'per-user', above its limit of 3",
                "allowed, no rule matches",
            ],
            decisions.Select(decision => decision.ToString()));
        Assert.Equal("per-user/1: allowed, 1 of 3 left", decisions[0].Rules[0].ToString());
        Assert.Equal("begun, within 1s", (await throttle.BeginAsync(await throttle.AcquireAsync([("call", "1")]))).ToString());
        Assert.Equal("user '1', path '/x'", attributes.ToString());
    }

    [Fact]
    public void ToString_OfRulesAndLimits_IsAsInRuleFiles()
    {
        Assert.Equal("per-user: token-bucket: capacity 20, refill 10/s", LimitBy.TokenBucket("per-user", 20, "10/s", "user").ToString());
        Assert.Equal("fixed-window: limit 9, calendar day, time-zone Europe/Berlin", new FixedWindowSpec(9, 0, CalendarUnit.Day, "Europe/Berlin").ToString());
        Assert.Equal("token-bucket: bandwidths []", new TokenBucketSpec([]).ToString());
    }
}
