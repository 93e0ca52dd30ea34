using System.Globalization;
using System.Text;
using System.Text.Json;
using Throttle.Api.Envoy;
using Throttle.Api.Http;

namespace Throttle.Tests.Api.Envoy;

public sealed class EnvoyFuzzTests
{
    private const int Seed = 20260505;

    /// <summary>How many bodies are read; THROTTLE_FUZZ makes it more.</summary>
    private static readonly int Bodies = int.TryParse(Environment.GetEnvironmentVariable("THROTTLE_FUZZ"), CultureInfo.InvariantCulture, out var bodies) ? bodies : 20_000;

    private static readonly string[] Seeds =
    [
        """{"domain":"rl","descriptors":[{"entries":[{"key":"foo","value":"x"},{"key":"bar","value":"banned"}]}],"hitsAddend":3}""",
        """{"domain":"rl","descriptors":[{"entries":[{"key":"unspec","value":"\ud83d\ude00"}],"hitsAddend":"0"},{"entries":[{"key":"qux"}]}]}""",
        """{"domain":"rl","descriptors":[{"entries":[{"key":"any","value":"v"}],"limit":{"requestsPerUnit":10,"unit":"MINUTE"},"hits_addend":1e0}]}""",
        """{"domain":"rl","descriptors":[{"entries":[{"key":"any","value":"v"}],"limit":{"requests_per_unit":"4294967295","unit":7}}],"hits_addend":4294967295}""",
        """{"domain":"mongo_cps","descriptors":[{"entries":[{"key":"database","value":"users"}]},{"entries":[{"key":"database","value":"default"}],"hitsAddend":18446744073709551615}]}""",
    ];

    private static readonly string[] Pieces =
    [
        "\"", "{", "}", "[", "]", ",", ":", "\\", "\\u", "\\ud800", "null", "true", "-", "-1", "1e999", "1e-999", "0.5", "\"1.0\"", "\"\"",
        "4294967296", "18446744073709551616", "\"hitsAddend\":", "\"hits_addend\":", "\"limit\":{", "\"unit\":", "\"UNKNOWN\"", "\"YEAR\"",
        "\"descriptors\":[", "\"entries\":[", "\"key\":", "\"value\":", "\"domain\":", "\0", "\n", "\uFEFF", "ü", "NaN", "//", "/*", "*",
    ];

    [Fact]
    public void Read_MutatedBodies_AreReadOrRefusedWithAReason()
    {
        var config = EnvoyConfig.Read(EnvoyConfigs.FilesOf("Example"));
        var random = new Random(Seed);
        var (read, refused) = (0, 0);
        for (var i = 0; i < Bodies; i++)
        {
            var body = Mutate(random);
            try
            {
                var request = EnvoyRequestJson.Read(body);
                var plan = EnvoyPlan.Of(config, request);
                Assert.Equal(request.Descriptors.Length, plan.Matches.Length);
                Assert.InRange(request.Descriptors.Length, 1, ApiLimits.MaxBatch);
                read++;
            }
            catch (Exception e) when (e is ApiProblemException { Problem.Status: 400 } or JsonException || (e is InvalidOperationException && e.Source?.StartsWith("System.Text.Json", StringComparison.Ordinal) == true))
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {Seed}, body {i}: {e} for {Encoding.UTF8.GetString(body)} ({Convert.ToBase64String(body)})");
            }
        }

        // Neither all one nor all the other: the mutations reach both.
        Assert.InRange(read, Bodies / 50, Bodies);
        Assert.InRange(refused, Bodies / 4, Bodies);
    }

    [Fact]
    public async Task Post_MutatedBodies_NeverFailsOrHangs()
    {
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Example"));
        var random = new Random(Seed + 1);
        for (var i = 0; i < 4_000; i++)
        {
            var body = Mutate(random);
            using var response = await node.Node.Client.PostAsync("/json", new ByteArrayContent(body));
            if ((int)response.StatusCode is not (200 or 429 or 400))
            {
                Assert.Fail($"Seed {Seed + 1}, body {i}: {response.StatusCode} for {Convert.ToBase64String(body)}: {await response.Content.ReadAsStringAsync()}");
            }
        }

        Assert.Equal(200, (await node.AskAsync(EnvoyTestNode.BodyOf("rl: qux=still-here"))).Status);
    }

    [Fact]
    public void ReadConfig_MutatedFiles_AreReadOrRefusedWithAReason()
    {
        var random = new Random(Seed + 2);
        var texts = EnvoyConfigs.FilesOf("Example").Concat(EnvoyConfigs.FilesOf("Share")).Select(file => file.Text).ToArray();
        for (var i = 0; i < 2_000; i++)
        {
            var text = new StringBuilder(texts[random.Next(texts.Length)]);
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                var at = random.Next(text.Length);
                _ = random.Next(3) switch
                {
                    0 => text.Remove(at, Math.Min(random.Next(1, 12), text.Length - at)),
                    1 => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
                    _ => text.Insert(at, text.ToString(at, Math.Min(random.Next(1, 40), text.Length - at))),
                };
            }

            try
            {
                EnvoyConfig.Read([new("a.yaml", text.ToString())]).Dump();
            }
            catch (EnvoyConfigException e)
            {
                Assert.NotEmpty(e.Faults);
                Assert.All(e.Faults, fault => Assert.InRange(fault.Place.Line, 1, int.MaxValue));
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {Seed + 2}, file {i}: {e} for {text}");
            }
        }
    }

    private static byte[] Mutate(Random random)
    {
        var body = Encoding.UTF8.GetBytes(Seeds[random.Next(Seeds.Length)]).ToList();
        for (var n = random.Next(0, 5); n > 0; n--)
        {
            var at = random.Next(body.Count + 1);
            switch (random.Next(4))
            {
                case 0 when at < body.Count:
                    body[at] = (byte)random.Next(256);
                    break;
                case 1 when at < body.Count:
                    body.RemoveRange(at, Math.Min(random.Next(1, 8), body.Count - at));
                    break;
                case 2:
                    body.InsertRange(at, body.GetRange(at, Math.Min(random.Next(1, 30), body.Count - at)));
                    break;
                default:
                    body.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
            }
        }

        return [.. body];
    }
}
