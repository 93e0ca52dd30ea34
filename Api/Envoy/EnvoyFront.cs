using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Throttle.Api.Hosting;

namespace Throttle.Api.Envoy;

/// <summary>Envoy's ratelimit service on a node: its configuration, watched, and what answers by it.</summary>
public sealed class EnvoyFront : IAsyncDisposable
{
    private readonly EnvoyConfigSource _source;
    private readonly EnvoyOptions _options;

    private EnvoyFront(EnvoyConfigSource source, EnvoyOptions options) => (_source, _options) = (source, options);

    /// <summary>The configuration in force.</summary>
    public EnvoyConfig Config => _source.Current;

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="EnvoyConfigException">It is faulty; every fault of every file is listed.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<EnvoyFront> OpenAsync(EnvoyOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new EnvoyFront(await EnvoyConfigSource.OpenAsync(options, null, cancellationToken).ConfigureAwait(false), options);
    }

    /// <summary>Adds what answers; the host adds <c>IInlineLimits</c> and <c>IThrottle</c> itself.</summary>
    public void AddTo(IServiceCollection services) => services
        .AddSingleton(_source)
        .AddSingleton(_options)
        .AddSingleton<EnvoyMeter>()
        .AddSingleton<EnvoyService>()
        .AddSingleton<EnvoyEndpoint>();

    /// <summary>Writes edits of the files, and what is wrong with them, to the log.</summary>
    public void LogTo(IServiceProvider services)
    {
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("Throttle.Envoy");
        _source.Reported += (error, message) => FileNews.Write(log, error, message);
    }

    /// <summary>Looks at the files now, and says how they stand.</summary>
    public async Task<string?> DescribeAsync(CancellationToken cancellationToken = default)
    {
        await _source.CheckAsync(cancellationToken).ConfigureAwait(false);
        var state = _source.LastError is null ? "was read" : "is faulty or missing";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The configuration of Envoy's ratelimit service '{_options.ConfigPath}' {state}; {Config.DomainCount} domains with {Config.LimitCount} limits are in force.");
    }

    /// <summary>Stops watching.</summary>
    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
