using System.Diagnostics;
using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace Throttle.Tests.Api.Redis;

/// <summary>Clients that others wrote, as their users use them: what they print is compared with <c>Tests/Clients/*.txt</c>.</summary>
public sealed class RedisClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [RedisClientFact("redis-py.py")]
    public Task RedisPy_PipelinesAndCluster_AreAnsweredAsByRedis() => RunAsync("redis-py.py");

    [RedisClientFact("ioredis.js")]
    public Task Ioredis_TransactionsAndCluster_AreAnsweredAsByRedis() => RunAsync("ioredis.js");

    [RedisClientFact("node-redis.js")]
    public Task NodeRedis_TransactionsAndCluster_AreAnsweredAsByRedis() => RunAsync("node-redis.js");

    [Fact]
    public async Task StackExchangeRedis_TransactionsAndBatches_AreAnsweredAsByRedis()
    {
        await using var node = await RedisNode.StartAsync();
        var transcript = new StringBuilder();
        await using (var connection = await ConnectAsync(node, ""))
        {
            await AskAsync(connection.GetDatabase(), Show);
        }

        // To this client whatever answers CLUSTER is a cluster, of which keys of several slots cannot be asked in one.
        await using (var connection = await ConnectAsync(node, ",$CLUSTER="))
        {
            await AskTwoKeysAsync(connection.GetDatabase(), Show);
        }

        AssertIs("stackexchange-redis.txt", transcript.ToString());
        void Show(string asked, string answer) => transcript.Append(asked).Append(" -> ").Append(answer).Append('\n');
    }

    private static Task<ConnectionMultiplexer> ConnectAsync(RedisNode node, string more) => ConnectionMultiplexer.ConnectAsync(
        string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{node.Node.RedisEndPoint!.Port}{more}"));

    private static async Task AskTwoKeysAsync(IDatabase redis, Action<string, string> show)
    {
        var transaction = redis.CreateTransaction();
        Task<RedisResult>[] taken = [.. new[] { "x", "y" }.Select(key => transaction.ExecuteAsync("CL.THROTTLE", Take(key)))];
        show("without CLUSTER: transaction of two keys", $"{await transaction.ExecuteAsync()}: {Show(await Task.WhenAll(taken))}");
        show("without CLUSTER: DEL x y z", $"{await redis.KeyDeleteAsync(["x", "y", "z"])}");
    }

    private static async Task AskAsync(IDatabase redis, Action<string, string> show)
    {
        var transaction = redis.CreateTransaction();
        Task<RedisResult>[] taken = [.. Enumerable.Range(0, 4).Select(_ => transaction.ExecuteAsync("CL.THROTTLE", Take("a")))];
        show("transaction of 4", $"{await transaction.ExecuteAsync()}: {Show(await Task.WhenAll(taken))}");
        show("EXISTS a", $"{await redis.KeyExistsAsync("a")}");
        show("EXISTS a b", await OutcomeOfAsync(() => redis.KeyExistsAsync(["a", "b"])));
        show("PTTL a", $"{(await redis.KeyTimeToLiveAsync("a"))?.TotalMilliseconds}");
        show("TYPE a", $"{await redis.KeyTypeAsync("a")}");
        show("DEL a", $"{await redis.KeyDeleteAsync("a")}");
        show("PTTL a", $"{(await redis.KeyTimeToLiveAsync("a"))?.TotalMilliseconds}");

        var conditional = redis.CreateTransaction();
        conditional.AddCondition(Condition.KeyNotExists("c"));
        var first = conditional.ExecuteAsync("CL.THROTTLE", Take("c"));
        show("transaction if c is not there", $"{await conditional.ExecuteAsync()}: {Show(await first)}");
        var refused = redis.CreateTransaction();
        refused.AddCondition(Condition.KeyNotExists("c"));
        var second = refused.ExecuteAsync("CL.THROTTLE", Take("c"));
        show("transaction if c is not there", $"{await refused.ExecuteAsync()}: {await OutcomeOfAsync(() => second)}");

        var faulty = redis.CreateTransaction();
        var lost = faulty.ExecuteAsync("CL.THROTTLE", Take("d"));
        _ = faulty.ExecuteAsync("NOPE").ContinueWith(task => task.Exception, TaskScheduler.Default);
        show("transaction with an unknown command", $"{await OutcomeOfAsync(() => faulty.ExecuteAsync())}: {await OutcomeOfAsync(() => lost)}");
        show("EXISTS d", $"{await redis.KeyExistsAsync("d")}");

        var batch = redis.CreateBatch();
        Task<RedisResult>[] batched = [.. new[] { "e", "f", "e" }.Select(key => batch.ExecuteAsync("CL.THROTTLE", Take(key)))];
        batch.Execute();
        show("batch of 3", Show(await Task.WhenAll(batched)));
        show("GCRA", Show(await redis.ExecuteAsync("GCRA", (RedisKey)"g", 5, 30, 60, "TOKENS", 2)));
        show("PING", (await redis.PingAsync() > TimeSpan.Zero).ToString());
    }

    private static object[] Take(string key) => [(RedisKey)key, 2, 1, 60];

    private static string Show(params RedisResult[] answers) =>
        string.Join(' ', answers.Select(answer => $"[{string.Join(',', ((RedisResult[])answer!).Select(part => part.ToString()))}]"));

    private static async Task<string> OutcomeOfAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return $"{await ask()}";
        }
        catch (Exception e) when (e is RedisException or RedisCommandException or OperationCanceledException)
        {
            return e.GetType().Name;
        }
    }

    private static async Task RunAsync(string script)
    {
        await using var node = await RedisNode.StartAsync();
        var port = node.Node.RedisEndPoint!.Port.ToString(CultureInfo.InvariantCulture);
        var path = Path.Combine(RedisClientFactAttribute.Folder, script);
        using var process = Process.Start(new ProcessStartInfo(RedisClientFactAttribute.ProgramOf(script), [path, port])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        AssertIs(Path.ChangeExtension(script, ".txt"), await output + await error);
    }

    /// <remarks>What was printed is kept beside the tests, to be looked at, and copied where a change is right.</remarks>
    private static void AssertIs(string file, string transcript)
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "Transcripts"));
        File.WriteAllText(Path.Combine(folder.FullName, file), transcript);
        Assert.Equal(File.ReadAllText(Path.Combine(RedisClientFactAttribute.Folder, file)), transcript);
    }
}
