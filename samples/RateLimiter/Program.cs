// ASP.NET Core's own rate limiter, with Throttle's rules behind it:
//
//   dotnet run --project samples/RateLimiter
//   for i in $(seq 12); do curl -s -o /dev/null -w '%{http_code} ' http://localhost:5000/; done
//   for i in 1 2 3; do curl -s -w ' %{http_code}\n' http://localhost:5000/report & done; wait
using Microsoft.AspNetCore.RateLimiting;
using Throttle.AspNetCore.Limiters;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton<IThrottle>(_ => new LocalThrottle(
    LimitBy.TokenBucket("per-client", capacity: 10, refill: "5/s", "ip"),
    LimitBy.Concurrency("reports", limit: 1, lease: "30s") with { Match = [new("path", ["/report"])] }));

builder.Services.AddRateLimiter(_ => { });
builder.Services.AddOptions<RateLimiterOptions>().Configure<IThrottle>((options, throttle) =>
{
    // Named, because the report's rule matches, too: its place would be taken twice.
    options.GlobalLimiter = new ThrottlePartitionedRateLimiter<HttpContext>(
        throttle, http => new([("ip", $"{http.Connection.RemoteIpAddress}")]) { Rule = "per-client" });
    options.AddPolicy("reports", _ => ThrottlePartition.Get(throttle, "reports", options: new() { QueueLimit = 1 }));
    options.OnRejected = ThrottleRequests.AnswerAsync;
});

var app = builder.Build();
app.UseRateLimiter();
app.MapGet("/", () => "Ten at once, and five a second.\n");
app.MapGet("/report", async (CancellationToken cancellationToken) =>
{
    await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancellationToken);
    return "One at a time, one more waits, a third is refused.\n";
}).RequireRateLimiting("reports");
app.Run();
