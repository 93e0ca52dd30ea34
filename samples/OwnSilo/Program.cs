// A silo of your own that owns throttled buckets, begins with rules, and does queued work:
//
//   dotnet run --project samples/OwnSilo
//   for i in $(seq 12); do curl -s 'http://localhost:5000/ask?user=42'; done
//   for i in 1 2 3; do curl -s -X POST "http://localhost:5000/mail?to=42&id=$i"; done; sleep 3; curl -s http://localhost:5000/sent
using System.Net;
using System.Text;
using Throttle.Client;
using Throttle.Core;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Grains;
using Throttle.Samples.OwnSilo;

var builder = WebApplication.CreateBuilder(args);
var siloPort = builder.Configuration.GetValue("silo-port", 11111);
builder.Host.UseOrleans(silo => silo
    .UseLocalhostClustering(siloPort, builder.Configuration.GetValue("gateway-port", 30000), new IPEndPoint(IPAddress.Loopback, siloPort))

    // Rules, persisted buckets and queues are kept here. In production a storage that outlives the cluster, such as Redis.
    .AddMemoryGrainStorage("throttle")

    // A cluster without rules begins with these. One that has rules keeps them; IRules.ReplaceAsync changes them at any silo.
    .AddThrottleGrains(options => options.FirstRules = new(
    [
        LimitBy.TokenBucket("per-user", capacity: 10, refill: "5/s", "user"),
        LimitBy.Queue("mail", capacity: 100, drain: "1/s", "to"),
    ])));
builder.Logging.AddFilter("Orleans", LogLevel.Warning);
builder.Services.AddThrottleClient();
builder.Services.AddSingleton<Mailer>().AddSingleton<IWorkProcessor>(services => services.GetRequiredService<Mailer>());

var app = builder.Build();
app.MapGet("/ask", async (string user, IThrottle throttle) => $"{await throttle.AcquireAsync([("user", user)])}\n");
app.MapPost("/mail", async (string to, string id, IWorkQueues queues) =>
    $"{(await queues.EnqueueAsync("mail", to, new Work(id, Encoding.UTF8.GetBytes($"Hello {to}")))).Status}\n");
app.MapGet("/sent", (Mailer mailer) => string.Concat(mailer.Sent.Select(line => $"{line}\n")));
app.MapGet("/rules", (IRules rules) => string.Concat(rules.Current.Rules.Select(rule => $"{rule}\n")));
await app.RunAsync();
