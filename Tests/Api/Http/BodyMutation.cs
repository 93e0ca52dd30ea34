using System.Text;

namespace Throttle.Tests.Api.Http;

/// <summary>Bodies that are almost right.</summary>
internal static class BodyMutation
{
    /// <summary>One of the seeds after up to five changes: bytes changed, left out, repeated, cut off, or a piece put in.</summary>
    public static byte[] Of(Random random, IReadOnlyList<string> seeds, IReadOnlyList<string> pieces)
    {
        var body = Encoding.UTF8.GetBytes(seeds[random.Next(seeds.Count)]).ToList();
        for (var n = random.Next(1, 6); n > 0; n--)
        {
            var at = random.Next(body.Count + 1);
            switch (random.Next(5))
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
                case 3:
                    body.RemoveRange(at, body.Count - at);
                    break;
                default:
                    body.InsertRange(at, Encoding.UTF8.GetBytes(pieces[random.Next(pieces.Count)]));
                    break;
            }
        }

        return [.. body];
    }
}
