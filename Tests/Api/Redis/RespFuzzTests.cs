using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Throttle.Api.Http;
using Throttle.Api.Redis;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;
using Xunit.Abstractions;

namespace Throttle.Tests.Api.Redis;

/// <summary>
/// Random bytes, and commands that random hands have been at, in random pieces. Some thousands of them here; as many as
/// <c>THROTTLE_FUZZ</c> says by hand.
/// </summary>
public sealed class RespFuzzTests(ITestOutputHelper output)
{
    private const int Seed = 20_260_101;
    private const int MostPieces = 40;

    // What a parser keeps at most of a command that is not complete: all its bytes, and room to grow by half.
    private const int MaxCapacity = 3 * RespLimits.MaxCommandBytes;

    private static readonly string[] Seeds =
    [
        RedisClient.Command("CL.THROTTLE", "user123", "15", "30", "60"),
        RedisClient.Command("THROTTLE", "ключ", "10", "100", "60", "5"),
        RedisClient.Command("THROTTLE.ACQUIRE", "ATTR", "user", "42", "path", "/api/x", "COST", "3"),
        RedisClient.Command("THROTTLE.ACQUIRE", "per-client", "42", "2"),
        RedisClient.Command("THROTTLE.RETURN", "ATTR", "user", "42", "AT", "1767225600.25"),
        RedisClient.Command("THROTTLE.RETURN", "LEASE", "am9iczoxOjQy.am9iczoxOjQy"),
        RedisClient.Command("THROTTLE.RESET", "per-client", "42"),
        RedisClient.Command("THROTTLE.PEEK", "per-client", ""),
        RedisClient.Command("HELLO", "3", "AUTH", "default", "x", "SETNAME", "me") + RedisClient.Command("COMMAND"),
        RedisClient.Command("CLIENT", "SETINFO", "LIB-NAME", "x") + RedisClient.Command("INFO") + RedisClient.Command("RESET"),
        RedisClient.Command("WATCH", "user123") + RedisClient.Command("MULTI") + RedisClient.Command("CL.THROTTLE", "user123", "15", "30", "60") + RedisClient.Command("EXEC"),
        RedisClient.Command("MULTI") + RedisClient.Command("MULTI") + RedisClient.Command("EXEC") + RedisClient.Command("DISCARD") + RedisClient.Command("UNWATCH"),
        RedisClient.Command("GCRA", "user123", "15", "30", "1.5", "TOKENS", "2") + RedisClient.Command("RL.THROTTLE", "user123", "15", "30", "60"),
        RedisClient.Command("DEL", "user123", "ключ") + RedisClient.Command("EXISTS", "user123") + RedisClient.Command("PTTL", "user123"),
        RedisClient.Command("CLUSTER", "KEYSLOT", "{user}123") + RedisClient.Command("CLUSTER", "SHARDS") + RedisClient.Command("CLIENT", "TRACKING", "OFF"),
        "CL.THROTTLE \"a \\x41\" 15 30 60\r\nPING\r\necho 'it\\'s'\r\n",
        "*0\r\n*-1\r\n\r\n\n*1\r\n$4\r\nPING\r\n",
    ];

    private static readonly string[] Pieces =
    [
        "*", "$", "\r\n", "\n", "\r", "-1", "*-1\r\n", "$-1\r\n", "*1024\r\n", "*1025\r\n", "$65536\r\n", "$65537\r\n", "9223372036854775807",
        "9007199254740992", "9007199254740993", "-9223372036854775808", "0", "34560000", "\"", "'", "\\x", "\0", " ", "ATTR", "COST", "WAIT 0", "AT",
        "99999999999999999999", ":1\r\n", "+OK\r\n", "ü", "\uFEFF", "NaN", "1e9", "CL.THROTTLE", "THROTTLE",
    ];

    [Fact]
    public async Task Read_AnythingInAnyPieces_NeverThrowsAndIsTheSameHoweverItComes()
    {
        var random = new Random(Seed);
        await using var throttle = new LocalThrottle(
            new LocalRules([LimitBy.TokenBucket("per-client", 20, "10/s", "user")]),
            new LocalThrottleOptions { TimeProvider = new VirtualTimeProvider(DateTimeOffset.UnixEpoch) });
        var front = new RedisFront(
            throttle, throttle.Rules, throttle.InlineLimits, new ThrottleApiOptions(), new RedisOptions { EndPoint = new(IPAddress.Loopback, 0) }, NullLogger<RedisFront>.Instance);
        var count = int.TryParse(Environment.GetEnvironmentVariable("THROTTLE_FUZZ"), CultureInfo.InvariantCulture, out var given) ? given : 5_000;
        var (commands, faults) = (0L, 0L);
        for (var i = 0; i < count; i++)
        {
            var input = Make(random);
            try
            {
                var whole = Run(front, input, _ => input.Length);
                var split = Run(front, input, left => random.Next(1, Math.Min(left, 1 + (input.Length / random.Next(1, MostPieces))) + 1));
                Assert.Equal(whole.Commands, split.Commands);
                Assert.Equal(whole.Fault, split.Fault);
                commands += whole.Commands;
                faults += whole.Fault is null ? 0 : 1;
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {Seed}, input {i} ({Convert.ToBase64String(input)}): {e}");
            }
        }

        output.WriteLine($"{count} inputs: {commands} commands, {faults} protocol errors; {throttle.BucketCount} buckets; {GC.GetTotalMemory(forceFullCollection: true):N0} bytes live.");
        Assert.True(commands > count / 4 && faults > count / 20, $"Of {count} inputs {commands} commands and {faults} faults were found.");
    }

    [Fact]
    public async Task Send_Anything_HarmsNoOther()
    {
        const int Count = 400;
        var random = new Random(Seed);
        await using var node = await RedisNode.StartAsync();
        using var other = node.Connect();
        for (var i = 0; i < Count; i++)
        {
            var input = Make(random);
            using var client = node.Connect();
            try
            {
                client.Send(input);
                client.Socket.Shutdown(SocketShutdown.Send);
                while (!client.IsEnded())
                {
                }
            }
            catch (IOException)
            {
                // It was closed before all was sent.
            }
        }

        Assert.Equal("PONG", other.Ask("PING"));
        await Eventually.IsTrueAsync(() => other.Ask("INFO", "clients").Contains("connected_clients:1\r", StringComparison.Ordinal), "all but one connection have ended");
    }

    /// <summary>Does all commands of an input, each as a connection does, and looks at what is kept.</summary>
    private static (long Commands, string? Fault) Run(RedisFront front, byte[] input, Func<int, int> size)
    {
        var replies = PipeWriter.Create(Stream.Null);
        var parser = new RespParser();
        var session = new RedisSession(front, parser, new RespWriter(replies), 1, new IPEndPoint(IPAddress.Loopback, 1), null, () => default, CancellationToken.None);
        long commands = 0;
        for (var at = 0; at < input.Length && parser.Fault is null && !session.IsClosing;)
        {
            var piece = input.AsSpan(at, Math.Min(size(input.Length - at), input.Length - at));
            at += piece.Length;
            while (!piece.IsEmpty && !session.IsClosing)
            {
                var result = parser.Read(piece, out var taken);
                piece = piece[taken..];
                if (result == RespResult.Error)
                {
                    break;
                }

                if (result == RespResult.Command)
                {
                    commands++;

                    // One that waits does so for ever: the clock stands still.
                    var doing = session.DoAsync();
                    if (doing.IsCompleted)
                    {
                        doing.GetAwaiter().GetResult();
                    }
                }

                Assert.True(parser.Capacity <= MaxCapacity, $"The parser keeps {parser.Capacity} bytes.");
            }
        }

        replies.Complete();
        return (commands, parser.Fault);
    }

    private static byte[] Make(Random random)
    {
        if (random.Next(20) == 0)
        {
            var noise = new byte[random.Next(1, 300)];
            random.NextBytes(noise);
            return noise;
        }

        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Seeds[random.Next(Seeds.Length)]))).ToList();
        for (var n = random.Next(0, 5); n > 0; n--)
        {
            Mutate(random, bytes);
        }

        return bytes.Count == 0 ? [(byte)'*'] : [.. bytes];
    }

    private static void Mutate(Random random, List<byte> bytes)
    {
        var at = random.Next(bytes.Count + 1);
        switch (random.Next(6))
        {
            case 0 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1 when at < bytes.Count:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 8), bytes.Count - at));
                break;
            case 2:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 30), bytes.Count - at)));
                break;
            case 3:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                break;
        }
    }
}
