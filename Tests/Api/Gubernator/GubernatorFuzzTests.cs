using System.Globalization;
using System.Text;
using System.Text.Json;
using Throttle.Api.Gubernator;
using Throttle.Api.Http;
using Throttle.Core.Inline;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Tests.Api.Http;

namespace Throttle.Tests.Api.Gubernator;

/// <summary>Bodies that are almost gubernator's. <c>THROTTLE_FUZZ_BODIES</c> says how many, for longer runs by hand.</summary>
[Collection(MemoryCollection.Name)]
public sealed class GubernatorFuzzTests
{
    private const int Seed = 20260202;
    private static readonly int Bodies = int.Parse(Environment.GetEnvironmentVariable("THROTTLE_FUZZ_BODIES") ?? "20000", CultureInfo.InvariantCulture);

    private static readonly string[] Seeds =
    [
        """{"requests":[{"name":"api","uniqueKey":"u1","hits":"1","limit":"10","duration":"1000","algorithm":"TOKEN_BUCKET","behavior":0,"burst":"0","metadata":{},"created_at":"1"}]}""",
        """{"requests":[{"name":"api","unique_key":"u2","hits":-3,"limit":10,"duration":30000,"algorithm":1,"behavior":40,"burst":20}]}""",
        """{"requests":[{"name":"a","unique_key":"u3","hits":1e0,"limit":"9007199254740992","duration":5,"behavior":"DURATION_IS_GREGORIAN"},{"name":"a","unique_key":"u3"}]}""",
        """{"x":[[{}]],"requests":[{"na\u006de":"\ud83d\ude00","uniqueKey":"|\\","hits":2,"limit":1,"duration":34560000000,"algorithm":"LEAKY_BUCKET","behavior":36}]}""",
        """{"requests":[{"name":"n","unique_key":"k","hits":"9007199254740992","limit":"9007199254740992","duration":1,"algorithm":1,"burst":1}]}""",
    ];

    private static readonly string[] Pieces =
    [
        "\"", "{", "}", "[", "]", ",", ":", "\\u", "\\ud800", "null", "true", "-", "1e999", "0.5", "9223372036854775807", "-9223372036854775808",
        "99999999999999999999999999999999", "\"hits\":", "\"limit\":", "\"duration\":", "\"algorithm\":", "\"behavior\":", "\"burst\":", "2147483647",
        "\"LEAKY_BUCKET\"", "\0", "\uFEFF", "ü", "//", "0", "4", "8", "32", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    ];

    /// <summary>Everything between a body and its answer, without the server: many bodies in a short time.</summary>
    [Fact]
    public async Task Answer_MutatedBodies_NeverFailsHangsOrGrows()
    {
        var time = new VirtualTimeProvider(TestNode.Start);
        using var throttle = new LocalThrottle(new LocalRules([]), new() { TimeProvider = time, MaxBuckets = 10_000 });
        var random = new Random(Seed);
        var (answered, before) = (0, 0L);
        for (var i = 0; i < Bodies; i++)
        {
            before = i == Math.Min(10_000, Bodies / 2) ? GC.GetTotalMemory(forceFullCollection: true) : before;
            var body = BodyMutation.Of(random, Seeds, Pieces);
            try
            {
                answered += await AnswerAsync(throttle.InlineLimits, body, time.GetUtcNow().UtcTicks) ? 1 : 0;
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {Seed}, body {i}: {Encoding.UTF8.GetString(body)} ({Convert.ToBase64String(body)}): {e}");
            }

            time.Advance(TimeSpan.FromMilliseconds(random.Next(3)));
        }

        Assert.InRange(answered, Bodies / 20, Bodies);
        Assert.InRange(throttle.BucketCount, 0, 10_000);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 64L << 20);
    }

    [Fact]
    public async Task Post_MutatedBodies_AreAnsweredOrRefused()
    {
        await using var node = await TestNode.StartAsync();
        var random = new Random(Seed + 1);
        for (var i = 0; i < 2_000; i++)
        {
            var body = BodyMutation.Of(random, Seeds, Pieces);
            using var response = await node.Client.PostAsync("/v1/GetRateLimits", new ByteArrayContent(body));
            Assert.True((int)response.StatusCode is 200 or 400, $"Seed {Seed + 1}, body {i}: status {response.StatusCode} for {Convert.ToBase64String(body)}.");
        }

        Assert.Equal("{}", await node.Client.GetStringAsync("/v1/LiveCheck"));
    }

    private static async Task<bool> AnswerAsync(IInlineLimits limits, byte[] body, long now)
    {
        List<RateLimitRequest> items;
        try
        {
            items = RequestBody.ParseJson(body, RateLimitJson.Read);
        }
        catch (ApiProblemException e)
        {
            Assert.Equal(400, e.Problem.Status);
            return false;
        }

        var plans = items.ConvertAll(item => RateLimitPlan.Of(item, now));
        var answers = new List<RateLimitAnswer>();
        foreach (var plan in plans)
        {
            answers.Add(plan.Answer ?? plan.From(await limits.AskAsync(plan.Call), now));
        }

        foreach (var answer in answers)
        {
            Assert.True(answer.Error.Length > 0 || (answer.Remaining >= 0 && answer.ResetTime >= 0), $"{answer}");
        }

        Write([.. answers]);
        return true;
    }

    private static void Write(RateLimitAnswer[] answers)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            RateLimitJson.Write(writer, answers);
        }

        using var document = JsonDocument.Parse(stream.ToArray());
        Assert.Equal(answers.Length, document.RootElement.GetProperty("responses").GetArrayLength());
    }
}
