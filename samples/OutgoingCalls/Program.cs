// Calls an API that allows less than it says, and heeds its refusals. The API is here, too, under /upstream:
//
//   dotnet run --project samples/OutgoingCalls
//   curl http://localhost:5000/report
using System.Globalization;
using System.Text;
using Throttle.AspNetCore.Outgoing;
using Throttle.AspNetCore.Requests;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton<IThrottle>(_ => new LocalThrottle(
    LimitBy.TokenBucket("calls", capacity: 10, refill: "10/s"),
    LimitBy.TokenBucket("upstream", capacity: 2, refill: "1/3s")));
builder.Services.AddThrottleMiddleware();
builder.Services.AddHttpClient("upstream").AddThrottle(options => options.Ask = _ => new([]) { Rule = "calls" });

var app = builder.Build();
app.MapGet("/upstream", () => "an answer").RequireThrottle("upstream");
app.MapGet("/report", async (HttpRequest request, IHttpClientFactory clients, CancellationToken cancellationToken) =>
{
    var client = clients.CreateClient("upstream");
    var report = new StringBuilder();
    for (var call = 1; call <= 4; call++)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var answer = await client.GetAsync($"{request.Scheme}://{request.Host}/upstream", cancellationToken);
        var took = TimeProvider.System.GetElapsedTime(start);
        report.Append(CultureInfo.InvariantCulture, $"call {call}: {(int)answer.StatusCode} after {took.TotalMilliseconds:0} ms\n");
    }

    return report.ToString();
});
app.Run();
