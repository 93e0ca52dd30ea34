using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Sources;
using Throttle.Grains.Interfaces;

namespace Throttle.Client.Buckets;

/// <summary>
/// A call to a bucket that ends with its answer or at a deadline, whichever is first. The token does not travel: that would cost
/// each call about a tenth more, and a call that takes permits must not be cancelled on its way. Pooled, since there is one for each
/// decision.
/// </summary>
internal sealed class PendingCall : IValueTaskSource<BucketReply>
{
    private const int MostPooled = 1024;
    private static readonly ConcurrentQueue<PendingCall> Pool = new();
    private readonly Action _onAnswered;
    private ManualResetValueTaskSourceCore<BucketReply> _core;
    private CancellationTokenRegistration _registration;
    private ValueTask<BucketReply> _call;
    private int _hasEnded;
    private bool _isReusable;

    private PendingCall() => _onAnswered = OnAnswered;

    /// <summary>The answer of a call, or an <see cref="OperationCanceledException"/> once the token is cancelled.</summary>
    /// <param name="call">The call; whatever it answers later is dropped.</param>
    /// <param name="deadline">Ends waiting.</param>
    public static ValueTask<BucketReply> Until(ValueTask<BucketReply> call, CancellationToken deadline)
    {
        if (call.IsCompleted)
        {
            return call;
        }

        var pending = Pool.TryDequeue(out var pooled) ? pooled : new();
        var version = pending._core.Version;
        pending._call = call;
        pending._registration = deadline.UnsafeRegister(static (state, token) => ((PendingCall)state!).OnDeadline(token), pending);
        call.GetAwaiter().UnsafeOnCompleted(pending._onAnswered);
        return new(pending, version);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    public BucketReply GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            if (_isReusable)
            {
                Reuse();
            }
        }
    }

    private void OnAnswered()
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) != 0)
        {
            Drop();
            return;
        }

        // A deadline that is being told right now would find the next call here.
        _isReusable = _registration.Unregister();
        BucketReply reply;
        try
        {
            reply = _call.Result;
        }
        catch (Exception e)
        {
            _core.SetException(e);
            return;
        }

        _core.SetResult(reply);
    }

    private void OnDeadline(CancellationToken token)
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0)
        {
            _core.SetException(new OperationCanceledException(token));
        }
    }

    /// <summary>The answer came too late. It is looked at, as every task must be.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Nobody waits for it any more.")]
    private void Drop()
    {
        try
        {
            _ = _call.Result;
        }
        catch (Exception)
        {
            // Whoever asked was told of the deadline.
        }
    }

    private void Reuse()
    {
        (_call, _registration, _isReusable) = (default, default, false);
        _core.Reset();
        Volatile.Write(ref _hasEnded, 0);
        if (Pool.Count < MostPooled)
        {
            Pool.Enqueue(this);
        }
    }
}
