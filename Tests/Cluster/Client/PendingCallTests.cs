using Throttle.Client.Buckets;
using Throttle.Grains.Interfaces;

namespace Throttle.Tests.Cluster.Client;

public sealed class PendingCallTests
{
    private static readonly BucketReply Reply = new() { IsAllowed = true, Limit = 7 };

    [Fact]
    public async Task Until_AnsweredInTime_GivesTheAnswerEachTime()
    {
        using var deadline = new CancellationTokenSource();
        for (var i = 0; i < 10; i++)
        {
            var call = new TaskCompletionSource<BucketReply>();
            var pending = PendingCall.Until(new(call.Task), deadline.Token);
            Assert.False(pending.IsCompleted);
            call.SetResult(Reply with { Remaining = i });
            Assert.Equal(Reply with { Remaining = i }, await pending);
        }
    }

    [Fact]
    public async Task Until_AlreadyAnswered_NeedsNoDeadline() =>
        Assert.Equal(Reply, await PendingCall.Until(new(Reply), new CancellationToken(canceled: true)));

    [Fact]
    public async Task Until_CallThrows_ThrowsTheSame()
    {
        using var deadline = new CancellationTokenSource();
        var call = new TaskCompletionSource<BucketReply>();
        var pending = PendingCall.Until(new(call.Task), deadline.Token);
        call.SetException(new TimeoutException("too late"));
        var thrown = await Assert.ThrowsAsync<TimeoutException>(async () => await pending);
        Assert.Equal("too late", thrown.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Until_DeadlineFirst_ThrowsAndTheLateAnswerDisturbsNobody(bool isAnswered)
    {
        using var deadline = new CancellationTokenSource();
        var late = new TaskCompletionSource<BucketReply>();
        var pending = PendingCall.Until(new(late.Task), deadline.Token);
        await deadline.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pending);

        using var next = new CancellationTokenSource();
        var call = new TaskCompletionSource<BucketReply>();
        var other = PendingCall.Until(new(call.Task), next.Token);
        _ = isAnswered ? late.TrySetResult(Reply) : late.TrySetException(new TimeoutException());
        Assert.False(other.IsCompleted);
        call.SetResult(Reply);
        Assert.Equal(Reply, await other);
    }

    [Fact]
    public async Task Until_DeadlineAlreadyOver_ThrowsAtOnce()
    {
        var call = new TaskCompletionSource<BucketReply>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await PendingCall.Until(new(call.Task), new CancellationToken(canceled: true)));
        call.SetResult(Reply);
    }

    [Fact]
    public async Task Until_AnswersAndDeadlinesRace_EachEndsOnceWithItsOwn()
    {
        for (var round = 0; round < 500; round++)
        {
            using var deadline = new CancellationTokenSource();
            var calls = Enumerable.Range(0, 8).Select(_ => new TaskCompletionSource<BucketReply>()).ToArray();
            var pending = calls.Select(c => PendingCall.Until(new(c.Task), deadline.Token).AsTask()).ToArray();
            var answering = Task.Run(() => Array.ForEach(calls, c => c.SetResult(Reply with { Remaining = Array.IndexOf(calls, c) })));
            await Task.WhenAll(answering, deadline.CancelAsync());
            for (var i = 0; i < pending.Length; i++)
            {
                try
                {
                    Assert.Equal(i, (await pending[i]).Remaining);
                }
                catch (OperationCanceledException)
                {
                    Assert.True(deadline.IsCancellationRequested);
                }
            }
        }
    }
}
