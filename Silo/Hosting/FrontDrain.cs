using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Hosting;
using Throttle.Silo.Settings;

namespace Throttle.Silo.Hosting;

/// <summary>
/// Closes the front before the silo: first the node is no longer ready, after a while it takes no more connections, then
/// requests in flight end. They get two thirds of the time, so that the silo can hand its buckets over in the rest, whatever
/// they wait for.
/// </summary>
internal sealed class FrontDrain(IServer server, IHostApplicationLifetime lifetime, SiloSettings settings) : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication();
        await Task.Delay(settings.DrainDelay, TimeProvider.System, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        using var share = new CancellationTokenSource(settings.DrainTimeout * 2 / 3, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(share.Token, cancellationToken);
        await server.StopAsync(either.Token).ConfigureAwait(false);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
