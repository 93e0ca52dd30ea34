"use strict";

// ioredis against a node.
const Redis = require("ioredis");
const { show } = require("./show");

const port = Number(process.argv[2]);
const take = (client, key, quantity = 1) => client.call("CL.THROTTLE", key, 2, 1, 60, quantity);

async function alone() {
  const redis = new Redis(port, { connectionName: "ioredis" });
  await show("multi of 4", () => take(take(take(take(redis.multi(), "a"), "a"), "a"), "a").exec());
  await show("multi without a pipeline", async () => {
    await redis.multi({ pipeline: false });
    await take(redis, "b");
    return redis.exec();
  });
  await show("EXISTS a b c", () => redis.exists("a", "b", "c"));
  await show("TTL a", () => redis.ttl("a"));
  await show("PTTL a", () => redis.pttl("a"));
  await show("DEL a b c", () => redis.del("a", "b", "c"));
  await show("multi with an unknown command", () => take(redis.multi(), "c").call("NOPE").exec());
  await show("EXISTS c", () => redis.exists("c"));
  await show("discard", async () => {
    await redis.multi({ pipeline: false });
    await take(redis, "c");
    return redis.discard();
  });
  await show("EXISTS c", () => redis.exists("c"));
  const other = redis.duplicate();
  await show("watch, disturbed", async () => {
    await redis.watch("w");
    await take(other, "w");
    return take(redis.multi(), "w").exec();
  });
  await show("watch", async () => {
    await redis.watch("w");
    return take(redis.multi(), "w").exec();
  });
  await show("pipeline", () => take(take(redis.pipeline(), "w"), "v").exec());
  await show("GCRA", () => redis.call("GCRA", "g", 5, 30, 60, "TOKENS", 2));
  await show("CLIENT TRACKING OFF", () => redis.client("TRACKING", "OFF"));
  await show("CLIENT TRACKING ON", () => redis.client("TRACKING", "ON"));
  await show("CLIENT GETNAME", () => redis.client("GETNAME"));
  await show("INCR", () => redis.incr("n"));
  redis.disconnect();
  other.disconnect();
}

async function cluster() {
  const redis = new Redis.Cluster([{ host: "127.0.0.1", port }]);
  await show("cluster: CL.THROTTLE", () => take(redis, "x"));
  await show("cluster: multi", () => take(take(redis.multi(), "x"), "x").exec());
  await show("cluster: pipeline", () => take(take(redis.pipeline(), "x"), "x").exec());
  await show("cluster: DEL x", () => redis.del("x"));
  await show("cluster: TTL x", () => redis.ttl("x"));
  await show("cluster: CLUSTER KEYSLOT foo", () => redis.cluster("KEYSLOT", "foo"));
  await show("cluster: nodes", () => redis.nodes("master").map((node) => node.options.port === port));
  redis.disconnect();
  const replicas = new Redis.Cluster([{ host: "127.0.0.1", port }], { scaleReads: "all" });
  await show("cluster: reads from all", () => replicas.exists("x"));
  replicas.disconnect();
}

alone().then(cluster);
