namespace Throttle.Tests.Contracts;

/// <summary>Waits for something real to happen, such as a connection closing, by looking every few milliseconds.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    /// <summary>Returns once it is true; fails after two minutes, saying what was expected.</summary>
    public static async Task IsTrueAsync(Func<Task<bool>> isTrue, string expected)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (!await isTrue())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begin) < Patience, $"Expected within {Patience}: {expected}");

            // A loop without a pause would take the processor from what it waits for.
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    /// <summary>Returns once it is true; fails after two minutes, saying what was expected.</summary>
    public static Task IsTrueAsync(Func<bool> isTrue, string expected) => IsTrueAsync(() => Task.FromResult(isTrue()), expected);
}
