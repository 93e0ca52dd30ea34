// Limits requests by the client's address, logins more strictly, and the health check not at all:
//
//   dotnet run --project samples/Middleware
//   for i in $(seq 12); do curl -s -o /dev/null -w '%{http_code} ' http://localhost:5000/; done
//   for i in $(seq 4); do curl -si -X POST http://localhost:5000/login; done
using Throttle.AspNetCore.Requests;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton<IThrottle>(_ => new LocalThrottle(
    LimitBy.TokenBucket("per-client", capacity: 10, refill: "5/s", "ip"),
    LimitBy.TokenBucket("logins", capacity: 3, refill: "3/m", "ip") with { Match = [new("path", ["/login"])] }));

// A proxy on this machine may say who its clients are; anybody else is the client.
builder.Services.AddThrottleMiddleware(options => options.Proxies = TrustedProxies.Loopback);

var app = builder.Build();
app.UseThrottle();
app.MapGet("/", () => "Ten at once, and five a second.\n");
app.MapPost("/login", () => "Three at once, and three a minute.\n").RequireThrottle("logins");
app.MapGet("/health", () => "As often as you like.\n").DisableThrottle();
app.Run();
