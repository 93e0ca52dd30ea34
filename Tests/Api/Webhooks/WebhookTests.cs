using System.Globalization;
using System.Text;
using Throttle.Api.Webhooks;
using Throttle.Core.Limiters;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Tests.Api.Http;
using Throttle.Tests.Api.RuleFiles;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Webhooks;

public sealed class WebhookTests
{
    // The example of the Standard Webhooks convention.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e473{0}-00f067aa0ba902b7-01";

    [Fact]
    public void Sign_PublishedExample_IsThePublishedSignature() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSecret.Parse(Secret).Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"u8));

    [Theory]
    [InlineData("")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_")]
    [InlineData("whsec_????")]
    [InlineData("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    public void Secret_OfAnotherForm_IsRefusedWithoutShowingIt(string text)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("secret"), text);

        Assert.Equal(
            "The webhook secret has another form; use 'whsec_' and the base64 of 24 to 64 bytes.",
            Assert.Throws<FormatException>(() => WebhookSecret.Parse(text)).Message);
        Assert.StartsWith($"The file '{folder.File("secret")}' holds no webhook secret;", Assert.Throws<ArgumentException>(() => WebhookSecret.Read(folder.File("secret"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, WorkResultKind.Done)]
    [InlineData(204, WorkResultKind.Done)]
    [InlineData(299, WorkResultKind.Done)]
    [InlineData(300, WorkResultKind.Retry)]
    [InlineData(301, WorkResultKind.Retry)]
    [InlineData(302, WorkResultKind.Retry)]
    [InlineData(308, WorkResultKind.Retry)]
    [InlineData(400, WorkResultKind.Failed)]
    [InlineData(401, WorkResultKind.Failed)]
    [InlineData(404, WorkResultKind.Failed)]
    [InlineData(407, WorkResultKind.Failed)]
    [InlineData(408, WorkResultKind.Retry)]
    [InlineData(409, WorkResultKind.Failed)]
    [InlineData(410, WorkResultKind.Failed)]
    [InlineData(421, WorkResultKind.Retry)]
    [InlineData(422, WorkResultKind.Failed)]
    [InlineData(423, WorkResultKind.Retry)]
    [InlineData(424, WorkResultKind.Failed)]
    [InlineData(425, WorkResultKind.Retry)]
    [InlineData(426, WorkResultKind.Failed)]
    [InlineData(429, WorkResultKind.Retry)]
    [InlineData(499, WorkResultKind.Failed)]
    [InlineData(500, WorkResultKind.Retry)]
    [InlineData(501, WorkResultKind.Retry)]
    [InlineData(503, WorkResultKind.Retry)]
    [InlineData(599, WorkResultKind.Retry)]
    public async Task Answer_OfEachStatus_EndsTheWorkOrIsTriedAgain(int status, WorkResultKind kind)
    {
        await using var hook = await Hook.StartAsync();
        hook.Answer = _ => status;
        using var webhooks = new WebhookProcessor(TimeProvider.System);

        var result = await webhooks.ProcessAsync(new(RuleOf(hook.Url), "42", new Work("1", "x"u8.ToArray()), 1, TestNode.Start), CancellationToken.None);

        Assert.Equal(kind, result.Kind);
    }

    [Fact]
    public async Task Enter_MoreThanTheBounds_WaitsForAPlace()
    {
        using var webhooks = new WebhookProcessor(TimeProvider.System, new() { MaxDeliveries = 3, MaxDeliveriesPerTarget = 2 });
        var (slow, other) = (RuleOf("http://slow.example/a"), RuleOf("http://other.example/a"));
        var held = new List<IDisposable?> { await EnterAsync(slow), await EnterAsync(RuleOf("http://SLOW.example:80/b")) };
        var third = EnterAsync(slow);
        held.Add(await EnterAsync(other));
        var fourth = EnterAsync(other);
        Assert.Equal((false, false, 3, 2), (third.IsCompleted, fourth.IsCompleted, webhooks.Active, webhooks.Waiting));

        // The target's own place and one of all must be free.
        held[2]!.Dispose();
        held[2] = await fourth;
        Assert.Equal((false, 3, 1), (third.IsCompleted, webhooks.Active, webhooks.Waiting));
        held[0]!.Dispose();
        held[0]!.Dispose();
        held[0] = await third;
        Assert.Equal((3, 0), (webhooks.Active, webhooks.Waiting));

        using var gone = new CancellationTokenSource();
        var cancelled = webhooks.EnterAsync(slow, gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        held.ForEach(place => place!.Dispose());
        Assert.Equal((0, 0), (webhooks.Active, webhooks.Waiting));

        Task<IDisposable?> EnterAsync(Rule rule) => webhooks.EnterAsync(rule, CancellationToken.None).AsTask();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(10_001, 1)]
    [InlineData(1, 10_001)]
    public void Bounds_OutOfRange_AreRefused(int max, int maxPerTarget) => Assert.Matches(
        "^MaxDeliveries(PerTarget)? is (0|10001); use 1 to 10000\\.$",
        Assert.Throws<ArgumentException>(
            () => new WebhookProcessor(TimeProvider.System, new() { MaxDeliveries = max, MaxDeliveriesPerTarget = maxPerTarget })).Message);

    [Fact]
    public async Task HungTarget_ManyKeys_HoldsNoMoreDeliveriesThanItsShare()
    {
        const int Keys = 40;
        var release = new TaskCompletionSource();
        var arrived = 0;
        await using var hook = await Hook.StartAsync();
        hook.Answer = _ =>
        {
            Interlocked.Increment(ref arrived);
            release.Task.Wait(TimeSpan.FromMinutes(1));
            return 200;
        };
        await using var node = await TestNode.StartAsync(RulesOf(hook.Url), o => o with { Webhooks = new() { MaxDeliveriesPerTarget = 4 } });
        for (var i = 0; i < Keys; i++)
        {
            using var response = await node.PostAsync($"/v1/queues/mail/{i}?id=job", "x");
            Assert.Equal(202, (int)response.StatusCode);
        }

        await Eventually.IsTrueAsync(
            async () => Volatile.Read(ref arrived) == 4
                && (await node.Client.GetStringAsync("/metrics")).Contains($"throttle_webhook_waiting {Keys - 4}\n", StringComparison.Ordinal),
            "four deliveries are under way and all others wait");
        Assert.Contains("throttle_webhook_active 4\n", await node.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
        release.SetResult();
        await Eventually.IsTrueAsync(() => hook.Calls.Count == Keys, "all are delivered");
        Assert.All(hook.Calls, call => Assert.Equal("1", call.Headers["Throttle-Attempt"]));
    }

    [Fact]
    public async Task Delivery_OfEachItem_HasTheTraceOfItsOwnRequestAndASignature()
    {
        await using var hook = await Hook.StartAsync();
        await using var node = await TestNode.StartAsync(RulesOf(hook.Url), o => o with { Webhooks = new() { Secret = WebhookSecret.Parse(Secret) } });
        for (var i = 1; i <= 3; i++)
        {
            using var response = await node.SendAsync(
                HttpMethod.Post, $"/v1/queues/mail/42?id=job.{i}", $"payload {i}", "text/plain", ("traceparent", string.Format(CultureInfo.InvariantCulture, Trace, i)));
            Assert.Equal(202, (int)response.StatusCode);
        }

        for (var i = 1; i <= 3; i++)
        {
            var count = i;
            await Eventually.IsTrueAsync(
                async () =>
                {
                    await node.AdvanceAsync("1s");
                    return hook.Calls.Count >= count;
                },
                $"item {i} is delivered");
        }

        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 1; i <= 3; i++)
        {
            var call = hook.Calls[i - 1];
            Assert.Equal($"job.{i}", call.Headers["Throttle-Id"]);
            Assert.Equal($"4bf92f3577b34da6a3ce929d0e0e473{i}", call.Headers["traceparent"].Split('-')[1]);
            Assert.Equal($"payload {i}", Encoding.UTF8.GetString(call.Body));
            var timestamp = long.Parse(call.Headers["webhook-timestamp"], CultureInfo.InvariantCulture);
            Assert.InRange(timestamp, TestNode.Start.ToUnixTimeSeconds(), node.Node.VirtualClock!.GetUtcNow().ToUnixTimeSeconds());
            Assert.Equal(WebhookSecret.Parse(Secret).Sign(call.Headers["webhook-id"], timestamp, call.Body), call.Headers["webhook-signature"]);
            Assert.Matches("^msg_[0-9a-f]{32}$", call.Headers["webhook-id"]);
            Assert.True(ids.Add(call.Headers["webhook-id"]), "Each item has an id of its own.");
        }
    }

    private static Rule RuleOf(string url) =>
        new() { Id = "mail", Limit = new QueueSpec(3, new Rate(1, Ticks.PerSecond)), Deliver = new Delivery { Url = url } };

    private static string RulesOf(string url) => $$"""
        version: 1
        rules:
          - { id: mail, key: [user], limit: { algorithm: queue, capacity: 3, drain: 1/s }, deliver: { url: "{{url}}", attempts: 3, backoff: 100ms } }
        """;
}
