using Throttle.Core.Limiters;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Queues;

public sealed class WorkAttemptTests
{
    private static readonly Rule Mail = new()
    {
        Id = "mail",
        Limit = new QueueSpec(3, new Rate(1, Ticks.PerSecond)),
        Deliver = new Delivery { Url = "http://example/", TimeoutTicks = Ticks.PerSecond },
    };

    private readonly VirtualTimeProvider _time = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public async Task Make_ThatWaitsForAPlace_HasItsWholeTimeAfterwards()
    {
        var room = new Room();
        var making = new WorkAttempt([room], _time, seed: 1).MakeAsync(Mail, "42", new WorkItem { Id = "1" }, CancellationToken.None).AsTask();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(making.IsCompleted);

        room.Entered.SetResult(room);

        Assert.Equal((WorkResultKind.Done, true), ((await making)!.Value.Kind, room.IsLeft));
    }

    [Fact]
    public async Task Make_StoppedWhileItWaits_IsNoFaultOfTheWork()
    {
        var room = new Room();
        using var stopping = new CancellationTokenSource();
        var making = new WorkAttempt([room], _time, seed: 1).MakeAsync(Mail, "42", new WorkItem { Id = "1" }, stopping.Token).AsTask();
        await stopping.CancelAsync();

        Assert.Null(await making);
    }

    private sealed class Room : IWorkProcessor, IDisposable
    {
        public TaskCompletionSource<IDisposable?> Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsLeft { get; private set; }

        public bool CanProcess(Rule rule) => true;

        public async ValueTask<IDisposable?> EnterAsync(Rule rule, CancellationToken stopping) => await Entered.Task.WaitAsync(stopping);

        public ValueTask<WorkResult> ProcessAsync(WorkDelivery delivery, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new(WorkResult.Done);
        }

        public void Dispose() => IsLeft = true;
    }
}
