using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Throttle.Api.Http;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Http;

/// <summary>Clients that go away in the middle of a body.</summary>
public sealed class AbortedUploadTests
{
    [Theory]
    [InlineData(true, "Content-Length: 100")]
    [InlineData(false, "Content-Length: 100")]
    [InlineData(true, "Transfer-Encoding: chunked")]
    [InlineData(false, "Transfer-Encoding: chunked")]
    public async Task Upload_ThatEndsEarly_LogsNothing(bool isReset, string field)
    {
        using var logs = new Logs();
        await using var throttle = new LocalThrottle();
        await using var app = await StartAsync(throttle, logs);

        using (var connection = new TcpClient { NoDelay = true, LingerState = new LingerOption(isReset, 0) })
        {
            await connection.ConnectAsync(IPAddress.Loopback, new Uri(app.Urls.Single()).Port);
            var body = field.StartsWith('C') ? "{\"attributes\":" : string.Create(CultureInfo.InvariantCulture, $"e\r\n{"{\"attributes\":"}\r\n");
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/acquire HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n{body}"));
            await Eventually.IsTrueAsync(() => logs.Begun == 1, "a request that has begun");
        }

        await Eventually.IsTrueAsync(() => logs.Ended == 1, "a request that has ended");
        await app.StopAsync();
        Assert.True(logs.Warnings.IsEmpty, string.Join(Environment.NewLine, logs.Warnings));
    }

    private static async Task<WebApplication> StartAsync(IThrottle throttle, Logs logs)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddProvider(logs);
        builder.WebHost.UseKestrel(options => options.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton<IRules>(new LocalRules([])).AddSingleton(throttle);
        builder.Services.AddThrottleApi();
        var app = builder.Build();
        app.Use(async (context, next) =>
        {
            logs.Begin();
            await next(context);
            logs.End();
        });
        app.UseThrottleProblems();
        app.MapThrottle();
        await app.StartAsync();
        return app;
    }

    /// <summary>Keeps warnings and worse, and counts requests.</summary>
    private sealed class Logs : ILoggerProvider, ILogger
    {
        private int _begun;
        private int _ended;

        public int Begun => Volatile.Read(ref _begun);

        public int Ended => Volatile.Read(ref _ended);

        public ConcurrentQueue<string> Warnings { get; } = [];

        public void Begin() => Interlocked.Increment(ref _begun);

        public void End() => Interlocked.Increment(ref _ended);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
            {
                Warnings.Enqueue($"{formatter(state, exception)} {exception}");
            }

        }

        public void Dispose()
        {
        }
    }
}
