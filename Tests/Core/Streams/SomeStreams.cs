using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Streams;

/// <summary>What tests of streams begin with: a clock that stands still, and bytes that differ.</summary>
internal static class SomeStreams
{
    public static VirtualTimeProvider Clock() => new(StreamFlow.Start);

    public static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i % 251))];

    public static LocalThrottle Throttle(VirtualTimeProvider clock, params Rule[] rules) =>
        new(new LocalRules(rules), new LocalThrottleOptions { TimeProvider = clock });

    /// <summary>The sequence, and how far it was read and whether it was disposed.</summary>
    public sealed class Watched<T>(IEnumerable<T> items)
    {
        public int Pulled { get; private set; }

        public bool IsDisposed { get; private set; }

        public async IAsyncEnumerable<T> ReadAsync()
        {
            try
            {
                foreach (var item in items)
                {
                    await Task.CompletedTask;
                    Pulled++;
                    yield return item;
                }
            }
            finally
            {
                IsDisposed = true;
            }
        }
    }
}
