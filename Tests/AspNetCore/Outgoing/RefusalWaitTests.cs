using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
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

    /// <summary>Fields of gRPC's answers. The details were made with Google.Rpc.Status.</summary>
    [Theory]
    [InlineData("grpc-status: 8|grpc-retry-pushback-ms: 1500", 1.5)]
    [InlineData("grpc-status: 14|grpc-retry-pushback-ms: 0", 0.0)]
    [InlineData("grpc-status: 8|grpc-retry-pushback-ms: -1", null)]
    [InlineData("grpc-status: 8|grpc-retry-pushback-ms: -1|Retry-After: 7", 7.0)]
    [InlineData("grpc-status: 8|grpc-retry-pushback-ms: 99999999999999999999999999999999", double.MaxValue)]
    [InlineData("grpc-status: 8|grpc-retry-pushback-ms: soon", null)]
    [InlineData("grpc-status: 8|Retry-After: 7", 7.0)]
    [InlineData("grpc-status: 8|RateLimit: \"x\";r=0;t=60", 60.0)]
    [InlineData("grpc-status: 8|grpc-status-details-bin: {retry 1.5}", 1.5)]
    [InlineData("grpc-status: 8|grpc-status-details-bin: {retry 1.5}=", 1.5)]
    [InlineData("grpc-status: 8|grpc-status-details-bin: {retry 1.5}|grpc-retry-pushback-ms: 9000", 1.5)]
    [InlineData("grpc-status: 8|grpc-status-details-bin: {retry -1}", 0.0)]
    [InlineData("grpc-status: 8|grpc-status-details-bin: {retry 315576000000}", 315576000000.0)]
    [InlineData("grpc-status: 8|grpc-status-details-bin: {nothing}|grpc-retry-pushback-ms: 9000", 9.0)]
    [InlineData("grpc-status: 8|grpc-status-details-bin: {nothing}", null)]
    [InlineData("grpc-status: 8|grpc-status-details-bin: {nothing}, {retry 1.5}", 1.5)]
    [InlineData("grpc-status: 8|grpc-status-details-bin: {not base64}", null)]
    // Not a gRPC status, so that the fields are somebody's own.
    [InlineData("grpc-retry-pushback-ms: 1500", null)]
    [InlineData("grpc-status: x|grpc-retry-pushback-ms: 1500", null)]
    public void GrpcAnswer_ThatSaysHowLong_IsUnderstood(string fields, double? seconds)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } } };
        foreach (var field in fields.Split('|').Select(field => field.Split(": ", 2)))
        {
            var value = Regex.Replace(field[1], "{(retry )?([^}]*)}=?", match => match.Groups[1].Success
                ? Details(new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))) }, match.Value.EndsWith('='))
                : match.Groups[2].Value == "nothing" ? Details(new ErrorInfo { Reason = "R" }, false) : "{}");
            Assert.True(answer.Headers.TryAddWithoutValidation(field[0], value), field[0]);
        }

        var wait = RefusalWait.Of(answer, new VirtualTimeProvider(TestApp.Start));

        Assert.Equal(seconds is { } s ? s == double.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromSeconds(s) : null, wait);
    }

    [Fact]
    public void GrpcDetails_Broken_AreReadOrNot()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        var whole = Convert.FromBase64String(Details(new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(1.5)) }, isPadded: true));
        for (var i = 0; i < 20_000; i++)
        {
            var broken = whole[..random.Next(whole.Length + 1)];
            for (var changes = random.Next(4); changes > 0 && broken.Length > 0; changes--)
            {
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            }

            Assert.True(
                GrpcDetails.ReadRetryDelay(Convert.ToBase64String(broken)) is null or { Ticks: >= 0 }, string.Create(CultureInfo.InvariantCulture, $"seed {Seed}, {i}: {Convert.ToHexString(broken)}"));
        }
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

    private static string Details(IMessage detail, bool isPadded)
    {
        var base64 = Convert.ToBase64String(new Google.Rpc.Status { Code = 8, Message = "No.", Details = { Any.Pack(new ErrorInfo()), Any.Pack(detail) } }.ToByteArray());
        return isPadded ? base64 : base64.TrimEnd('=');
    }
}
