"""redis-py against a node: prints what it asked, and what it got."""
import sys

import redis
from redis.cluster import RedisCluster

port = int(sys.argv[1])


def show(asked, run):
    try:
        answer = run()
    except redis.RedisError as error:
        answer = f"{type(error).__name__}: {error}"
    print(f"{asked} -> {answer!r}", flush=True)


def take(client, key, quantity=1):
    return client.execute_command("CL.THROTTLE", key, 2, 1, 60, quantity)


def queue(pipeline, *keys):
    for key in keys:
        take(pipeline, key)
    return pipeline


r = redis.Redis(port=port, decode_responses=True, client_name="redis-py")
show("pipeline of 4", lambda: queue(r.pipeline(), "a", "a", "a", "a").execute())
show("EXISTS a b", lambda: r.exists("a", "b"))
show("TTL a", lambda: r.ttl("a"))
show("PTTL a", lambda: r.pttl("a"))
show("TYPE a", lambda: r.type("a"))
show("DEL a b", lambda: r.delete("a", "b"))
show("TTL a", lambda: r.ttl("a"))
show("pipeline with an unknown command", lambda: queue(r.pipeline(), "c").execute_command("NOPE").execute())
show("pipeline with a command that fails", lambda: queue(r.pipeline(), "d").execute_command("CL.THROTTLE", "d", 2, 1, 0).execute())
show("EXISTS c d", lambda: [r.exists("c"), r.exists("d")])
show("pipeline without a transaction", lambda: queue(r.pipeline(transaction=False), "e", "f").execute())
show("UNLINK d e f", lambda: r.unlink("d", "e", "f"))


def watched(is_disturbed):
    with r.pipeline() as pipeline:
        pipeline.watch("w")
        before = pipeline.exists("w")
        pipeline.multi()
        take(pipeline, "w")
        if is_disturbed:
            take(r, "w")
        return [before, pipeline.execute()]


show("transaction that watches", lambda: watched(False))
show("transaction that watches, disturbed", lambda: watched(True))
show("CL.THROTTLE w, 0 permits", lambda: take(r, "w", 0))
show("GCRA", lambda: r.execute_command("GCRA", "g", 5, 30, 60, "TOKENS", 2))
show("RL.THROTTLE", lambda: r.execute_command("RL.THROTTLE", "g", 5, 30, 60))
show("CLIENT TRACKING OFF", lambda: r.execute_command("CLIENT TRACKING", "OFF"))
show("CLIENT TRACKING ON", lambda: r.execute_command("CLIENT TRACKING", "ON"))
show("CLIENT GETNAME", lambda: r.client_getname())
show("COMMAND COUNT is there", lambda: r.command_count() > 20)
show("INCR", lambda: r.incr("n"))

c = RedisCluster(host="127.0.0.1", port=port, decode_responses=True)
show("cluster: nodes", lambda: [(node.port == port, node.server_type) for node in c.get_nodes()])
show("cluster: CL.THROTTLE", lambda: take(c, "x"))
show("cluster: pipeline", lambda: queue(c.pipeline(), "x", "y", "x").execute())
show("cluster: DEL x y", lambda: c.delete("x", "y"))
show("cluster: TTL x", lambda: c.ttl("x"))
show("cluster: CLUSTER KEYSLOT foo", lambda: c.cluster_keyslot("foo"))
show("cluster: CLUSTER INFO", lambda: c.cluster_info(target_nodes=c.get_random_node())["cluster_state"])
show("cluster: CLUSTER COUNTKEYSINSLOT 5", lambda: c.cluster_countkeysinslot(5))
