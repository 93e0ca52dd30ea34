using System.Net;
using System.Text.RegularExpressions;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.AspNetCore.Samples;

/// <summary>The samples do what their first lines say.</summary>
public sealed partial class SampleTests
{
    [Fact]
    public async Task Middleware_LimitsClientsAndLoginsAndNotTheHealthCheck()
    {
        await using var sample = await SampleProcess.StartAsync("Middleware");

        // By real time: what is refused depends on how quickly they come, that the fields are there does not.
        using var first = await sample.Client.GetAsync("/");
        Assert.Equal("\"per-client\";r=9;t=1", first.Headers.GetValues("RateLimit").Single());
        Assert.Equal("Ten at once, and five a second.\n", await first.Content.ReadAsStringAsync());

        var logins = new List<HttpStatusCode>();
        for (var i = 0; i < 4; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/login") { Headers = { { "X-Forwarded-For", "203.0.113.1" } } };
            using var answer = await sample.Client.SendAsync(request);
            logins.Add(answer.StatusCode);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], logins);
        using var health = await sample.Client.GetAsync("/health");
        Assert.Equal((HttpStatusCode.OK, false), (health.StatusCode, health.Headers.Contains("RateLimit")));
    }

    [Fact]
    public async Task RateLimiter_LetsOneReportRunOneWaitAndRefusesTheThird()
    {
        await using var sample = await SampleProcess.StartAsync("RateLimiter");
        Assert.Equal("Ten at once, and five a second.\n", await sample.Client.GetStringAsync("/"));

        var reports = new[] { sample.Client.GetAsync("/report"), sample.Client.GetAsync("/report"), sample.Client.GetAsync("/report") };
        var answers = await Task.WhenAll(reports);

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], answers.Select(a => a.StatusCode).Order());
        Assert.Equal("application/problem+json", answers.Single(a => !a.IsSuccessStatusCode).Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task OutgoingCalls_AfterARefusal_AreHeldBack()
    {
        await using var sample = await SampleProcess.StartAsync("OutgoingCalls");

        var report = await sample.Client.GetStringAsync("/report");

        Assert.Equal(["200", "200", "429", "200"], Call().Matches(report).Select(m => m.Groups["status"].Value));
    }

    [GeneratedRegex(@"call \d: (?<status>\d+) after \d+ ms", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Call();
}
