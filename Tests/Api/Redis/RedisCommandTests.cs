using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Throttle.Tests.Api.Redis;

public sealed class RedisCommandTests
{
    private const string Rules = """
        version: 1
        rules:
          - { id: per-client, match: { path: /api/** }, key: [user], limit: { algorithm: token-bucket, capacity: 20, refill: 10/s } }
          - { id: bytes, match: { path: /bytes }, cost: cost, limit: { algorithm: token-bucket, capacity: 100, refill: 1/s } }
          - { id: reports, match: { path: /reports }, key: [user], limit: { algorithm: concurrency, limit: 1, lease: 30s } }
          - { id: watched, match: { path: /watched }, mode: shadow, limit: { algorithm: token-bucket, capacity: 1, refill: 1/h } }
        """;

    [Theory]
    [InlineData("PING", "PONG")]
    [InlineData("ping hello", "hello")]
    [InlineData("PING a b", "ERR wrong number of arguments for 'ping' command")]
    [InlineData("ECHO \"a\\r\\nb\"", "a\r\nb")]
    [InlineData("ECHO", "ERR wrong number of arguments for 'echo' command")]
    [InlineData("SELECT 0", "OK")]
    [InlineData("SELECT 1", "ERR DB index is out of range")]
    [InlineData("GET a", "ERR unknown command 'GET', with args beginning with: 'a' ")]
    [InlineData("\"no\\nsuch\" \"\\x00\"", "ERR unknown command 'no such', with args beginning with: ' ' ")]
    [InlineData("AUTH x", "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")]
    [InlineData("AUTH default x", "OK")]
    [InlineData("HELLO", "server,throttle,version,7.2.0,proto,2,id,1,mode,standalone,role,master,modules,")]
    [InlineData("HELLO 3 SETNAME me", "{server,throttle,version,7.2.0,proto,3,id,1,mode,standalone,role,master,modules,}")]
    [InlineData("HELLO 4", "NOPROTO unsupported protocol version")]
    [InlineData("HELLO 3 FOO", "ERR Syntax error in HELLO option 'FOO'")]
    [InlineData("CLIENT ID", "1")]
    [InlineData("CLIENT GETNAME", "null")]
    [InlineData("CLIENT SETNAME a", "OK")]
    [InlineData("CLIENT SETNAME \"a b\"", "ERR Client names cannot contain spaces, newlines or special characters.")]
    [InlineData("CLIENT SETINFO LIB-NAME x", "OK")]
    [InlineData("CLIENT NO-EVICT on", "OK")]
    [InlineData("CLIENT KILL x", "ERR unknown subcommand 'KILL'. Try CLIENT HELP.")]
    [InlineData("CLIENT SETNAME", "ERR wrong number of arguments for 'client|setname' command")]
    [InlineData("CLIENT TRACKING ON", "ERR CLIENT TRACKING ON is not supported: buckets refill by time alone, so no answer can be cached; use OFF, or a client without client-side caching.")]
    [InlineData("CLUSTER KEYSLOT foo", "12182")]
    [InlineData("CLUSTER KEYSLOT {user}x", "5474")]
    [InlineData("CLUSTER KEYSLOT 123456789", "12739")]
    [InlineData("CLUSTER KEYSLOT {}a", "10875")]
    [InlineData("CLUSTER KEYSLOT", "ERR wrong number of arguments for 'cluster|keyslot' command")]
    [InlineData("CLUSTER COUNTKEYSINSLOT 5", "0")]
    [InlineData("CLUSTER COUNTKEYSINSLOT 16384", "ERR Invalid slot")]
    [InlineData("CLUSTER COUNTKEYSINSLOT x", "ERR value is not an integer or out of range: slot is 'x'; use 0 to 16383.")]
    [InlineData("CLUSTER GETKEYSINSLOT 1 10", "")]
    [InlineData("CLUSTER REPLICAS x", "ERR Unknown node x")]
    [InlineData("CLUSTER MEET 127.0.0.1 1", "ERR unknown subcommand 'MEET'. Try CLUSTER HELP.")]
    [InlineData("CLUSTER LINKS", "")]
    [InlineData("CLUSTER", "ERR wrong number of arguments for 'cluster' command")]
    [InlineData("READONLY", "OK")]
    [InlineData("READWRITE", "OK")]
    [InlineData("ASKING", "OK")]
    [InlineData("SENTINEL masters", "ERR unknown command 'SENTINEL', with args beginning with: 'masters' ")]
    [InlineData("INCR a", "ERR unknown command 'INCR', with args beginning with: 'a' ")]
    [InlineData("COMMAND HELP", "COMMAND <subcommand> [<arg> ...]. Subcommands are:,COUNT,DOCS,INFO,LIST")]
    [InlineData("COMMAND INFO del cluster", "del,-2,write,fast,1,-1,1,,,,,cluster,-2,readonly,fast,0,0,0,,,,")]
    [InlineData("INFO cluster", "# Cluster\r\ncluster_enabled:1\r\n")]
    [InlineData("DEL \"\\xff\"", "ERR invalid key: it is not UTF-8.")]
    [InlineData("COMMAND COUNT", "35")]
    [InlineData("COMMAND INFO cl.throttle nope", "cl.throttle,-5,write,fast,1,1,1,,,,,null")]
    [InlineData("COMMAND DOCS ping", "ping,summary,Answers.,group,connection")]
    [InlineData("COMMAND FOO", "ERR unknown subcommand 'FOO'. Try COMMAND HELP.")]
    [InlineData("CONFIG GET save", "save,")]
    [InlineData("CONFIG GET appendonly databases", "appendonly,no,databases,1")]
    [InlineData("CONFIG GET nothing", "")]
    [InlineData("CONFIG SET save x", "ERR Nothing can be configured by CONFIG; settings are given when the node starts.")]
    [InlineData("RESET", "RESET")]
    [InlineData("INFO replication", "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n")]
    [InlineData("INFO nothing", "")]
    public async Task Command_OfAConnection_AnswersAsRedis(string command, string reply)
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        client.Send(command + "\r\n");
        Assert.Equal(reply, client.Read());
        Assert.Equal("PONG", client.Ask("PING"));
    }

    [Theory]
    [InlineData("THROTTLE.ACQUIRE per-client 42", "allowed,1,rule,per-client,key,42,limit,20,remaining,19,retry-after-ms,0,reset-after-ms,100,delay-ms,0,at,1767225600")]
    [InlineData("THROTTLE.ACQUIRE per-client 42 20", "allowed,1,rule,per-client,key,42,limit,20,remaining,0,retry-after-ms,0,reset-after-ms,2000,delay-ms,0,at,1767225600")]
    [InlineData("THROTTLE.ACQUIRE per-client 42 21", "allowed,0,rule,per-client,key,42,limit,20,remaining,20,retry-after-ms,-1,reset-after-ms,0,delay-ms,0")]
    [InlineData("THROTTLE.ACQUIRE per-client 42 0", "allowed,1,rule,per-client,key,42,limit,20,remaining,20,retry-after-ms,0,reset-after-ms,0,delay-ms,0")]
    [InlineData("THROTTLE.ACQUIRE per-client 42 -1", "ERR value is not an integer or out of range: cost is '-1'; use 0 to 9007199254740992.")]
    [InlineData("THROTTLE.ACQUIRE per-client 42 1 2", "ERR wrong number of arguments for 'throttle.acquire' command")]
    [InlineData("THROTTLE.ACQUIRE nope 42", "ERR no such rule 'nope'; there are: per-client, bytes, reports, watched.")]
    [InlineData("THROTTLE.ACQUIRE watched '' 2", "allowed,1,rule,watched,key,,limit,1,remaining,1,retry-after-ms,0,reset-after-ms,0,delay-ms,0,mode,shadow")]
    [InlineData("THROTTLE.ACQUIRE ATTR user 42 path /api/x COST 3", "allowed,1,rule,per-client,key,42,limit,20,remaining,17,retry-after-ms,0,reset-after-ms,300,delay-ms,0,at,1767225600")]
    [InlineData("throttle.acquire attr user 42 path /api/x cost 25", "allowed,0,rule,per-client,key,42,limit,20,remaining,20,retry-after-ms,-1,reset-after-ms,0,delay-ms,0")]
    [InlineData("THROTTLE.ACQUIRE ATTR path /bytes ATTR cost 30", "allowed,1,rule,bytes,key,,limit,100,remaining,70,retry-after-ms,0,reset-after-ms,30000,delay-ms,0,at,1767225600")]
    [InlineData("THROTTLE.ACQUIRE ATTR path /bytes ATTR cost 30 COST 2", "allowed,1,rule,bytes,key,,limit,100,remaining,40,retry-after-ms,0,reset-after-ms,60000,delay-ms,0,at,1767225600")]
    [InlineData("THROTTLE.ACQUIRE ATTR path /bytes ATTR cost x", "ERR Rule 'bytes': the cost attribute 'cost'")]
    [InlineData("THROTTLE.ACQUIRE ATTR path /none", "allowed,1,rule,null,key,null,limit,null,remaining,null,retry-after-ms,0,reset-after-ms,0,delay-ms,0")]
    [InlineData("THROTTLE.ACQUIRE ATTR user 42 path", "ERR syntax error: 'path' has no value.")]
    [InlineData("THROTTLE.ACQUIRE ATTR user 42 ATTR", "ERR syntax error: ATTR has no name and value.")]
    [InlineData("THROTTLE.ACQUIRE ATTR user 42 user 43", "ERR Attribute 'user' is given twice; give it once.")]
    [InlineData("THROTTLE.ACQUIRE ATTR '' 42", "ERR An attribute's name has 0 characters; use 1 to 100.")]
    [InlineData("THROTTLE.ACQUIRE ATTR user 42 WAIT 3600001", "ERR value is not an integer or out of range: WAIT is '3600001'; use 0 to 3600000.")]
    [InlineData("THROTTLE.ACQUIRE ATTR user 42 WAIT soon", "ERR value is not an integer or out of range: WAIT is 'soon'; use 0 to 3600000.")]
    [InlineData("THROTTLE.PEEK per-client 42", "allowed,1,rule,per-client,key,42,limit,20,remaining,20,retry-after-ms,0,reset-after-ms,0,delay-ms,0")]
    [InlineData("THROTTLE.PEEK ATTR user 42 path /api/x COST 21", "allowed,0,rule,per-client,key,42,limit,20,remaining,20,retry-after-ms,-1,reset-after-ms,0,delay-ms,0")]
    [InlineData("THROTTLE.PEEK per-client 42 1", "ERR wrong number of arguments for 'throttle.peek' command")]
    [InlineData("THROTTLE.RETURN reports 42", "ERR Rule 'reports' grants leases; end the lease that the answer carried, by THROTTLE.RETURN LEASE.")]
    [InlineData("THROTTLE.RETURN LEASE x", "ERR 'x' is no lease; use the text that an allowed answer carried.")]
    [InlineData("THROTTLE.RETURN ATTR user 42 AT soon", "ERR AT is 'soon'; use the at of an answer, seconds since 1970.")]
    [InlineData("THROTTLE.RENEW x", "ERR 'x' is no lease; use the text that an allowed answer carried.")]
    [InlineData("THROTTLE.RESET per-client 42", "0")]
    [InlineData("RL.THROTTLE k 1 1", "ERR wrong number of arguments for 'rl.throttle' command")]
    [InlineData("GCRA k -1 1 1", "ERR value is not an integer or out of range: max_burst is '-1'; use 0 to 9007199254740991.")]
    [InlineData("GCRA k 1 0 1", "ERR value is not an integer or out of range: tokens_per_period is '0'; use 1 to 9007199254740992.")]
    [InlineData("GCRA k 1 1 0.9", "ERR value is not a valid float or out of range: period is '0.9'; use 1 to 34560000.")]
    [InlineData("GCRA k 1 1 34560000.1", "ERR value is not a valid float or out of range: period is")]
    [InlineData("GCRA k 1 1 1 TOKENS", "ERR syntax error: 'TOKENS' where TOKENS and a number of 0 to 9007199254740992 may come.")]
    [InlineData("GCRA k 1 1 1 PERMITS 1", "ERR syntax error: 'PERMITS' where")]
    [InlineData("GCRA k 1 1 1 TOKENS x", "ERR value is not an integer or out of range: TOKENS is 'x'; use 0 to 9007199254740992.")]
    [InlineData("THROTTLE.RESET nope 42", "ERR no such rule 'nope'")]
    [InlineData("CL.THROTTLE \"\\xff\" 1 1 1", "ERR invalid key: it is not UTF-8.")]
    [InlineData("THROTTLE.ACQUIRE ATTR user \"\\xff\"", "ERR invalid attribute value: it is not UTF-8.")]
    public async Task Command_OfRules_Answers(string command, string reply)
    {
        await using var node = await RedisNode.StartAsync(Rules);
        using var client = node.Connect();
        client.Send(command + "\r\n");
        Assert.StartsWith(reply, client.Read(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acquire_ByRuleByAttributesAndByHttp_TakesFromOneBucket()
    {
        await using var node = await RedisNode.StartAsync(Rules);
        using var client = node.Connect();
        Assert.Contains("remaining,19", client.Ask("THROTTLE.ACQUIRE", "per-client", "42"), StringComparison.Ordinal);
        Assert.Contains("remaining,18", client.Ask("THROTTLE.ACQUIRE", "ATTR", "user", "42", "path", "/api/x"), StringComparison.Ordinal);
        using var answer = await node.Http.PostAsJsonAsync("/v1/acquire", new { attributes = new { user = "42", path = "/api/x" } });
        Assert.Equal(17, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("remaining").GetInt64());
        Assert.Contains("remaining,18", client.Ask("THROTTLE.RETURN", "per-client", "42"), StringComparison.Ordinal);
        Assert.Contains("remaining,20", client.Ask("THROTTLE.RETURN", "ATTR", "user", "42", "path", "/api/x", "COST", "5"), StringComparison.Ordinal);
        client.Ask("THROTTLE.ACQUIRE", "per-client", "42", "20");
        Assert.Contains("allowed,0", client.Ask("THROTTLE.ACQUIRE", "per-client", "42"), StringComparison.Ordinal);
        Assert.Equal("1", client.Ask("THROTTLE.RESET", "per-client", "42"));
        Assert.Contains("remaining,20", client.Ask("THROTTLE.PEEK", "per-client", "42"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_OfLimitsThatComeWithTheCommand_AreThereWhileTheyOweSomething()
    {
        await using var node = await RedisNode.StartAsync(Rules);
        using var client = node.Connect();
        client.Ask("CL.THROTTLE", "a", "2", "1", "60");
        client.Ask("THROTTLE", "b", "3", "1000", "1");
        node.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(("60", "60000", "1", "1"), (client.Ask("TTL", "a"), client.Ask("PTTL", "a"), client.Ask("TTL", "b"), client.Ask("PTTL", "b")));
        Assert.Equal(("string", "none"), (client.Ask("TYPE", "a"), client.Ask("TYPE", "c")));
        Assert.Equal("3", client.Ask("EXISTS", "a", "a", "b", "c"));
        Assert.Equal("2", client.Ask("DEL", "a", "a", "b", "c"));
        Assert.Equal(("-2", "0"), (client.Ask("TTL", "a"), client.Ask("EXISTS", "a", "b", "c")));
        Assert.Equal("0,3,2,-1,60", client.Ask("CL.THROTTLE", "a", "2", "1", "60"));

        node.Clock.Advance(TimeSpan.FromSeconds(60) - TimeSpan.FromTicks(1));
        Assert.Equal(("1", "1"), (client.Ask("PTTL", "a"), client.Ask("EXISTS", "a")));
        node.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(("-2", "0", "0"), (client.Ask("PTTL", "a"), client.Ask("EXISTS", "a"), client.Ask("UNLINK", "a")));
    }

    [Fact]
    public async Task Del_AKeyOfThatName_TouchesNoRule()
    {
        await using var node = await RedisNode.StartAsync(Rules);
        using var client = node.Connect();
        client.Ask("THROTTLE.ACQUIRE", "per-client", "42", "5");
        Assert.Equal("0", client.Ask("DEL", "42", "per-client/42"));
        Assert.Contains("remaining,15", client.Ask("THROTTLE.PEEK", "per-client", "42"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cluster_Topology_IsThisNodeAloneAtTheAddressItWasReachedBy()
    {
        await using var node = await RedisNode.StartAsync(Rules);
        using var client = node.Connect();
        var port = node.Node.RedisEndPoint!.Port;
        var id = client.Ask("CLUSTER", "MYID");
        Assert.Matches("^[0-9a-f]{40}$", id);
        Assert.Equal(id, client.Ask("CLUSTER", "MYSHARDID"));
        Assert.Equal($"0,16383,127.0.0.1,{port},{id},", client.Ask("CLUSTER", "SLOTS"));
        Assert.Equal($"{id} 127.0.0.1:{port}@0 myself,master - 0 0 1 connected 0-16383\n", client.Ask("CLUSTER", "NODES"));
        Assert.StartsWith("cluster_state:ok\r\ncluster_slots_assigned:16384\r\n", client.Ask("CLUSTER", "INFO"), StringComparison.Ordinal);
        Assert.Equal("", client.Ask("CLUSTER", "REPLICAS", id));
        Assert.Equal(
            $"slots,0,16383,nodes,id,{id},port,{port},ip,127.0.0.1,endpoint,127.0.0.1,role,master,replication-offset,0,health,online",
            client.Ask("CLUSTER", "SHARDS"));
        client.Ask("HELLO", "3");
        Assert.StartsWith("{slots,0,16383,nodes,{id,", client.Ask("CLUSTER", "SHARDS"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acquire_ALease_IsRenewedAndReturned()
    {
        await using var node = await RedisNode.StartAsync(Rules);
        using var client = node.Connect();
        var granted = client.Ask("THROTTLE.ACQUIRE", "ATTR", "user", "42", "path", "/reports").Split(',');
        var lease = granted[Array.IndexOf(granted, "lease") + 1];
        Assert.Contains("allowed,0", client.Ask("THROTTLE.ACQUIRE", "reports", "42"), StringComparison.Ordinal);
        node.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("1767225650", client.Ask("THROTTLE.RENEW", lease));
        Assert.Equal("1", client.Ask("THROTTLE.RETURN", "LEASE", lease));
        Assert.Equal("0", client.Ask("THROTTLE.RETURN", "LEASE", lease));
        Assert.Equal("null", client.Ask("THROTTLE.RENEW", lease));
        Assert.Contains("allowed,1", client.Ask("THROTTLE.ACQUIRE", "reports", "42"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hello3_ThenDecisionsAreMaps()
    {
        await using var node = await RedisNode.StartAsync(Rules);
        using var client = node.Connect();
        client.Ask("HELLO", "3");
        Assert.StartsWith("{allowed,1,rule,per-client,", client.Ask("THROTTLE.ACQUIRE", "per-client", "42"), StringComparison.Ordinal);
        Assert.StartsWith("{allowed,1,rule,null,", client.Ask("THROTTLE.ACQUIRE", "ATTR", "a", "b"), StringComparison.Ordinal);
        Assert.Equal("0,16,15,-1,2", client.Ask("CL.THROTTLE", "user123", "15", "30", "60"));
        Assert.Contains("role:master", client.Ask("INFO"), StringComparison.Ordinal);
        Assert.Equal("RESET", client.Ask("RESET"));
        Assert.StartsWith("allowed,1", client.Ask("THROTTLE.ACQUIRE", "per-client", "42"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wait_ThePermitsComeLater_AnswersWhenTheyHave()
    {
        await using var node = await RedisNode.StartAsync(Rules);
        using var client = node.Connect();
        using var other = node.Connect();
        client.Ask("THROTTLE.ACQUIRE", "per-client", "42", "20");
        client.Send(RedisClient.Command("THROTTLE.ACQUIRE", "ATTR", "user", "42", "path", "/api/x", "WAIT", "1000") + RedisClient.Command("PING"));
        await WaiterAsync(node, 1);
        Assert.Equal("PONG", other.Ask("PING"));
        Assert.Equal(0, client.Socket.Available);

        node.Clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.StartsWith("allowed,1", client.Read(), StringComparison.Ordinal);
        Assert.Equal("PONG", client.Read());
        Assert.StartsWith("allowed,0,rule,per-client,key,42,limit,20,remaining,0,retry-after-ms,100,", client.Ask("THROTTLE.ACQUIRE", "ATTR", "user", "42", "path", "/api/x", "WAIT", "99"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wait_AfterOthersInTheSameWrite_DoesNotHoldUpTheirAnswers()
    {
        await using var node = await RedisNode.StartAsync(Rules);
        using var client = node.Connect();
        client.Ask("THROTTLE.ACQUIRE", "per-client", "42", "20");
        client.Send(RedisClient.Command("PING") + RedisClient.Command("THROTTLE.ACQUIRE", "ATTR", "user", "42", "path", "/api/x", "WAIT", "1000"));
        Assert.Equal("PONG", client.Read());

        await WaiterAsync(node, 1);
        Assert.Equal(0, client.Socket.Available);
        node.Clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.StartsWith("allowed,1", client.Read(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wait_TheClientGoes_GivesThePermitsBack()
    {
        await using var node = await RedisNode.StartAsync(Rules);
        using var other = node.Connect();
        using (var client = node.Connect())
        {
            client.Ask("THROTTLE.ACQUIRE", "per-client", "42", "20");
            client.Send(RedisClient.Command("THROTTLE.ACQUIRE", "ATTR", "user", "42", "path", "/api/x", "COST", "10", "WAIT", "3600000"));
            await WaiterAsync(node, 1);
        }

        await WaiterAsync(node, 0);
        node.Clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Contains("allowed,1", other.Ask("THROTTLE.ACQUIRE", "per-client", "42"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WhileAClientWaits_DoesNotWaitForIt()
    {
        await using var node = await RedisNode.StartAsync(Rules, node: options => options with { DrainTimeout = TimeSpan.FromHours(1) });
        using var client = node.Connect();
        client.Ask("THROTTLE.ACQUIRE", "per-client", "42", "20");
        client.Send(RedisClient.Command("THROTTLE.ACQUIRE", "ATTR", "user", "42", "path", "/api/x", "WAIT", "3600000"));
        await WaiterAsync(node, 1);
        await node.Node.StopAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.True(client.IsEnded());
    }

    [Fact]
    public async Task Metrics_AfterCommands_CountThem()
    {
        await using var node = await RedisNode.StartAsync(Rules);
        using var client = node.Connect();
        client.Ask("PING");
        client.Ask("CL.THROTTLE", "k", "0", "1", "1");
        client.Ask("CL.THROTTLE", "k", "0", "1", "1");
        var metrics = await node.Http.GetStringAsync("/metrics");
        Assert.Matches("(?m)^throttle_redis_connections(_ratio)?(\\{.*\\})? 1$", metrics);
        Assert.Matches("(?m)^throttle_redis_commands_total(\\{.*\\})? 3$", metrics);
        Assert.Contains("rule=\"inline/redis\"", metrics, StringComparison.Ordinal);
    }

    private static Task WaiterAsync(RedisNode node, int count) => Throttle.Tests.Contracts.Eventually.IsTrueAsync(
        () => ((Throttle.Core.Local.LocalThrottle)node.Node.Throttle).WaiterCount == count,
        string.Create(CultureInfo.InvariantCulture, $"{count} callers wait"));
}
