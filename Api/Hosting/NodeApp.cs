using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Throttle.Api.Http;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Api.Hosting;

/// <summary>The web application of a node. It reads no configuration but its options: nothing around it may open another port.</summary>
internal static class NodeApp
{
    public static WebApplication Build(
        NodeOptions options, ThrottleApiOptions api, IRules rules, IThrottle throttle, TimeProvider clock)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls([.. options.Urls]).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = ApiLimits.MaxRulesBodyBytes + 1;
        });
        AddLogging(builder.Logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout);
        builder.Services.AddSingleton(rules);
        builder.Services.AddSingleton(throttle);
        builder.Services.AddSingleton(clock);
        builder.Services.AddThrottleApi(api);

        var app = builder.Build();
        app.UseThrottleProblems();
        app.MapThrottle();
        return app;
    }

    /// <summary>One line on standard error for each problem, none for a request. What stops a start is thrown and not logged, too.</summary>
    private static void AddLogging(ILoggingBuilder logging)
    {
        logging.SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Throttle", LogLevel.Information)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
