using System.Globalization;
using System.Net;
using Throttle.AspNetCore.Outgoing;
using Throttle.Core.Time;

namespace Throttle.Tests.AspNetCore.Outgoing;

/// <summary>Reads the wait that an API asks for, in each form that APIs use.</summary>
public sealed class RefusalWaitTests
{
    [Theory]
    [InlineData("Retry-After: 120", 120)]
    [InlineData("Retry-After: 0", 0)]
    [InlineData("Retry-After: 299.997", 300)]
    [InlineData("Retry-After: 0.001", 1)]
    [InlineData("Retry-After: 1.", 1)]
    [InlineData("Retry-After: Thu, 01 Jan 2026 00:01:00 GMT", 60)]
    [InlineData("Retry-After: Thursday, 01-Jan-26 00:01:00 GMT", 60)]
    [InlineData("Retry-After: Thu Jan  1 00:01:00 2026", 60)]
    [InlineData("Retry-After: Wed, 31 Dec 2025 00:00:00 GMT", 0)]
    [InlineData("Retry-After: 99999999999999999999999999999999999999", int.MaxValue)]
    [InlineData("Retry-After: 9223372036854775807", int.MaxValue)]
    [InlineData("Retry-After: -1", null)]
    [InlineData("Retry-After: soon", null)]
    [InlineData("Retry-After: 1e3", null)]
    [InlineData("Retry-After: 1.2.3", null)]
    [InlineData("Retry-After: 10|Retry-After: 20", 20)]
    [InlineData("RateLimit: \"x\";r=0;t=60", 60)]
    [InlineData("RateLimit: \"x\";r=5;t=60", null)]
    [InlineData("RateLimit: \"x\";r=5;t=60, \"y\";t=30;r=0, \"z\";r=0;t=20", 30)]
    [InlineData("RateLimit: \"a,;t=9;r=0\\\"\";r=0;t=60", 60)]
    [InlineData("RateLimit: \"x\";r=0", null)]
    [InlineData("RateLimit: \"x\";r=0, \"y\";t=60", null)]
    [InlineData("RateLimit: limit=10, remaining=0, reset=60", 60)]
    [InlineData("RateLimit: limit=10, remaining=3, reset=60", null)]
    [InlineData("RateLimit: \"", null)]
    [InlineData("RateLimit-Reset: 60", 60)]
    [InlineData("RateLimit-Reset: 60|RateLimit-Remaining: 0", 60)]
    [InlineData("RateLimit-Reset: 60|RateLimit-Remaining: 1", null)]
    [InlineData("X-RateLimit-Reset: 60", 60)]
    [InlineData("X-Ratelimit-Reset: 59.5", 60)]
    [InlineData("X-RateLimit-Reset: 1767225660", 60)]
    [InlineData("X-RateLimit-Reset: 1767225660000", 60)]
    [InlineData("X-RateLimit-Reset: 1767225600", 0)]
    [InlineData("X-RateLimit-Reset: 1700000000", 0)]
    [InlineData("X-RateLimit-Reset: 1767225660|X-RateLimit-Remaining: 7", null)]
    [InlineData("Retry-After: soon|RateLimit: \"x\";r=0;t=60", 60)]
    [InlineData("Retry-After: 5|RateLimit: \"x\";r=0;t=60|X-RateLimit-Reset: 70", 5)]
    [InlineData("Server: x", null)]
    public void Answer_ThatSaysHowLong_IsUnderstood(string fields, int? seconds)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        foreach (var field in fields.Split('|').Select(field => field.Split(": ", 2)))
        {
            Assert.True(answer.Headers.TryAddWithoutValidation(field[0], field[1]), field[0]);
        }

        var wait = RefusalWait.Of(answer, new VirtualTimeProvider(TestApp.Start));

        Assert.Equal(seconds is { } s ? s == int.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromSeconds(s) : null, wait);
    }

    [Fact]
    public void Answer_OfAnythingAnybodySends_IsReadOrNot()
    {
        const int Seed = 3;
        var random = new Random(Seed);
        const string Letters = "\"\\;,=rt0169. remainingset";
        for (var i = 0; i < 50_000; i++)
        {
            using var answer = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
            var text = new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => Letters[random.Next(Letters.Length)])]);
            answer.Headers.TryAddWithoutValidation(random.Next(2) == 0 ? "RateLimit" : "X-RateLimit-Reset", text);
            Assert.True(
                RefusalWait.Of(answer, TimeProvider.System) is null or { Ticks: >= 0 }, string.Create(CultureInfo.InvariantCulture, $"seed {Seed}: {text}"));
        }
    }
}
