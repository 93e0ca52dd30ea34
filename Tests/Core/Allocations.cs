namespace Throttle.Tests.Core;

/// <summary>Measures what code allocates.</summary>
internal static class Allocations
{
    /// <summary>
    /// The bytes that the action allocates on this thread: the least of several runs, since the runtime allocates now and then on
    /// its own account, when it compiles again what runs often.
    /// </summary>
    public static long LeastOf(Action action)
    {
        action();
        return Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }
}
