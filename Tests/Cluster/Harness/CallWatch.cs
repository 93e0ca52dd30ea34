using System.Collections.Concurrent;
using Throttle.Grains.Interfaces;

namespace Throttle.Tests.Cluster.Harness;

/// <summary>
/// Sees every call between clients and grains, so that a test can tell when nothing is on its way any more: a call has then been
/// answered, or its grain holds it until something happens.
/// </summary>
public sealed class CallWatch : IOutgoingGrainCallFilter, IIncomingGrainCallFilter
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, int> _sentByMethod = [];
    private int _sent;
    private int _held;
    private int _heldInBuckets;

    /// <summary>Whether every call that was sent is answered, or held by its grain for a turn or for a change of the rules.</summary>
    public bool IsQuiet
    {
        get
        {
            lock (_gate)
            {
                return _sent == _held;
            }
        }
    }

    /// <summary>Callers that a bucket holds until their turn.</summary>
    public int HeldInBuckets
    {
        get
        {
            lock (_gate)
            {
                return _heldInBuckets;
            }
        }
    }

    /// <summary>How many calls of a method were sent so far.</summary>
    public int SentOf(string method) => _sentByMethod.GetValueOrDefault(method);

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (!IsOurs(context))
        {
            await context.Invoke();
            return;
        }

        _sentByMethod.AddOrUpdate(context.MethodName, 1, (_, count) => count + 1);
        Count(sent: 1);
        try
        {
            await context.Invoke();
        }
        finally
        {
            Count(sent: -1);
        }
    }

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        var call = context.Invoke();
        if (call.IsCompleted || !IsOurs(context) || !IsHeld(context))
        {
            await call;
            return;
        }

        var inBuckets = IsWait(context) ? 1 : 0;
        Count(held: 1, inBuckets: inBuckets);
        try
        {
            await call;
        }
        finally
        {
            Count(held: -1, inBuckets: -inBuckets);
        }
    }

    private void Count(int sent = 0, int held = 0, int inBuckets = 0)
    {
        lock (_gate)
        {
            _sent += sent;
            _held += held;
            _heldInBuckets += inBuckets;
        }
    }

    private static bool IsOurs(IGrainCallContext context) =>
        context.InterfaceMethod?.DeclaringType?.Assembly == typeof(IBucketGrain).Assembly;

    private static bool IsHeld(IGrainCallContext context) => IsWait(context) || context.MethodName == nameof(IRuleGrain.WatchAsync);

    private static bool IsWait(IGrainCallContext context) =>
        context.MethodName is nameof(IBucketGrain.WaitAsync) or nameof(IBucketGrain.AwaitAsync);
}
