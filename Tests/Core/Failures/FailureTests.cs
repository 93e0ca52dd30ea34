using Throttle.Core.Failures;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Failures;

public sealed class FailureTests
{
    private readonly VirtualTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly List<string> _lines = [];
    private readonly FailureLog _log;

    public FailureTests() => _log = new((failure, whose, thrown) => _lines.Add($"{failure.Id} {whose} {thrown.Message}"), _time);

    public static TheoryData<FailureReason> Reasons => new(Enum.GetValues<FailureReason>());

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Text_ReadBack_IsTheSameFailure(FailureReason reason)
    {
        var plain = Failure.Of(reason);
        var withId = Failure.WithNewId(reason);

        Assert.Equal(plain, Failure.Parse(plain.ToString()));
        Assert.Equal(withId, Failure.Parse(withId.ToString()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Timeout at redis:6379")]
    [InlineData("The storage failed")]
    [InlineData("The storage failed: redis:6379.")]
    [InlineData("The storage failed. redis:6379")]
    [InlineData("The storage failed (failure redis:6379..).")]
    [InlineData("The storage failed (failure 0123456789ab). redis:6379")]
    [InlineData("The storage failed (failure 0123456789abc).")]
    [InlineData("The storage failed (failure 0123456789AB).")]
    public void Text_OfAnythingElse_IsNotPassedOn(string? text)
    {
        Assert.Null(Failure.TryParse(text));
        Assert.Equal("The limit could not be checked.", Failure.Parse(text).ToString());
    }

    [Fact]
    public void Tell_SameKindWithinAMinute_SharesTheLineAndItsId()
    {
        var first = _log.Tell(FailureReason.NoAnswer, "a", new TimeoutException("one"));
        Assert.Equal(first, _log.Tell(FailureReason.NoAnswer, "b", new TimeoutException("two")));
        _time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        Assert.Equal(first, _log.Tell(FailureReason.NoAnswer, "a", new TimeoutException("three")));
        _time.Advance(TimeSpan.FromTicks(1));
        var second = _log.Tell(FailureReason.NoAnswer, "a", new TimeoutException("four"));

        Assert.NotEqual(first, second);
        Assert.Equal([$"{first.Id} a one", $"{second.Id} a four"], _lines);
    }

    [Fact]
    public void Tell_AnotherTypeOrReason_HasItsOwnLine()
    {
        _log.Tell(FailureReason.NoAnswer, "a", new TimeoutException());
        _log.Tell(FailureReason.NoAnswer, "a", new ObjectDisposedException("client"));
        _log.Tell(FailureReason.Storage, "a", new TimeoutException());

        Assert.Equal(3, _lines.Count);
    }

    [Fact]
    public void Tell_AFailureOfAnotherProcess_KeepsItsIdAndIsNotWrittenAgain()
    {
        var told = Failure.WithNewId(FailureReason.Storage);

        Assert.Equal(told, _log.Tell(FailureReason.Internal, "a", new InvalidOperationException(told.ToString())));
        Assert.Empty(_lines);
    }
}
