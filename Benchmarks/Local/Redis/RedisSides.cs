using System.Globalization;
using Throttle.Benchmarks.Shared;

namespace Throttle.Benchmarks.Local.Redis;

/// <summary>
/// One node against Redis, as redis-benchmark sees them: permits taken by <c>CL.THROTTLE</c>, by a token bucket in Lua, and Redis'
/// bare <c>INCR</c>, which limits nothing. In turn, A B C A B C …; ratios are of neighbours.
/// </summary>
internal static class RedisSides
{
    private const int Rounds = 5;
    private const int Clients = 50;
    private const int RandomKeys = 100_000;

    // A token bucket as it is written everywhere: two fields of a hash, the server's time, and a time to live.
    private const string Script = """
        local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
        local capacity, rate, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local time = redis.call('TIME')
        local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
        local tokens = capacity
        if state[1] then
          tokens = math.min(capacity, tonumber(state[1]) + (now - tonumber(state[2])) * rate)
        end
        local allowed = 0
        if tokens >= cost then
          allowed = 1
          tokens = tokens - cost
        end
        redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now)
        redis.call('PEXPIRE', KEYS[1], math.ceil((capacity - tokens) / rate * 1000) + 1)
        return {allowed, math.floor(tokens)}
        """;

    public static int Run()
    {
        if (Array.Find(["redis-server", "redis-cli", "redis-benchmark"], name => Programs.Find(name) is null) is { } missing)
        {
            Console.Error.WriteLine($"{missing} is not installed; this benchmark needs redis-server and redis-tools.");
            return 1;
        }

        using var ours = ServerProcess.Throttle();
        using var theirs = ServerProcess.Redis();
        var script = Programs.Run("redis-cli", ["-p", theirs.Port, "SCRIPT", "LOAD", Script]).Trim();
        Console.WriteLine($".NET {Environment.Version}, {Environment.ProcessorCount} processors, {Programs.Run("redis-server", ["--version"]).Split(" sha")[0]}, {Clients} connections, medians of {Rounds} rounds");
        Console.WriteLine();
        Console.WriteLine("| pipeline | keys | `CL.THROTTLE` here, a second | token bucket in Lua on Redis | `INCR` on Redis | faster than Lua by | than `INCR` by |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var pipeline in (int[])[1, 16, 64])
        {
            Compare(pipeline, RandomKeys, ours.Port, theirs.Port, script);
            Compare(pipeline, 1, ours.Port, theirs.Port, script);
        }

        return 0;
    }

    private static void Compare(int pipeline, int keys, string ours, string theirs, string script)
    {
        var key = keys == 1 ? "key" : "key:__rand_int__";

        // A burst that is never used up, and refilled so slowly that every bucket stays a debt: all take, and all are remembered.
        Func<double> throttle = () => Measure(ours, pipeline, keys, Requests(pipeline, 40_000, 500_000), ["CL.THROTTLE", key, "999999999", "1", "60"]);
        Func<double> lua = () => Measure(theirs, pipeline, keys, Requests(pipeline, 30_000, 60_000), ["EVALSHA", script, "1", "lua:" + key, "1000000000", "0.016666", "1"]);
        Func<double> incr = () => Measure(theirs, pipeline, keys, Requests(pipeline, 40_000, 400_000), ["INCR", "incr:" + key]);

        // Once for nothing: compilers warm up, keys come to be.
        Array.ForEach([throttle, lua, incr], measure => measure());
        var rounds = Enumerable.Range(0, Rounds).Select(_ => (Ours: throttle(), Lua: lua(), Incr: incr())).ToArray();
        Console.WriteLine(
            $"| {pipeline} | {(keys == 1 ? "one" : $"{keys:N0}, random")} | {Medians.Of(rounds.Select(r => r.Ours)):N0} | {Medians.Of(rounds.Select(r => r.Lua)):N0} | {Medians.Of(rounds.Select(r => r.Incr)):N0} "
            + $"| {Medians.Of(rounds.Select(r => r.Ours / r.Lua)):N2}× | {Medians.Of(rounds.Select(r => r.Ours / r.Incr)):N2}× |");
    }

    /// <summary>As many as take a second or two.</summary>
    private static int Requests(int pipeline, int alone, int pipelined) => pipeline == 1 ? alone : pipelined;

    private static double Measure(string port, int pipeline, int keys, int requests, string[] command)
    {
        var printed = Programs.Run("redis-benchmark", ["-p", port, "-q", "-c", Text(Clients), "-P", Text(pipeline), "-n", Text(requests), "-r", Text(keys), .. command]);
        const string Mark = " requests per second";
        var end = printed.LastIndexOf(Mark, StringComparison.Ordinal);
        if (end < 0 || printed.Contains("rror", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"redis-benchmark printed: {printed}");
        }

        return double.Parse(printed.AsSpan(printed.LastIndexOf(' ', end - 1) + 1, end - printed.LastIndexOf(' ', end - 1) - 1), CultureInfo.InvariantCulture);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
