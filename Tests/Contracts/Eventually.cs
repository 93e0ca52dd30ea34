namespace Throttle.Tests.Contracts;

/// <summary>Waits for something real to happen, such as a connection closing, by looking again and again; never by sleeping.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Returns once it is true; fails after two minutes, saying what was expected.</summary>
    public static async Task IsTrueAsync(Func<Task<bool>> isTrue, string expected)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await isTrue())
        {
            Assert.False(patience.IsCancellationRequested, $"Expected within {Patience}: {expected}");
            await Task.Yield();
        }
    }

    /// <summary>Returns once it is true; fails after two minutes, saying what was expected.</summary>
    public static Task IsTrueAsync(Func<bool> isTrue, string expected) => IsTrueAsync(() => Task.FromResult(isTrue()), expected);
}
