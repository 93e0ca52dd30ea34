using Throttle.Core;

namespace Throttle.Tests.Core;

/// <summary>The permit of the README, compiled and run; <see cref="ReadmeTests"/> holds the two together.</summary>
internal sealed class PermitExample
{
    public int Calls { get; private set; }

    public async Task RunAsync(IThrottle throttle)
    {
        await using var permit = await throttle.PermitAsync([("api", "search")], maxWait: TimeSpan.FromSeconds(10));
        if (await permit.BeginAsync() == PermitOutcome.Begun)
        {
            await CallAsync();
        }
    }

    private Task CallAsync()
    {
        Calls++;
        return Task.CompletedTask;
    }
}
