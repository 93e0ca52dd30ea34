"use strict";

// node-redis against a node, in both versions of the protocol.
const { createClient, createCluster } = require("redis");
const { show } = require("./show");

const port = Number(process.argv[2]);
const url = `redis://127.0.0.1:${port}`;
const throttle = (key, quantity = 1) => ["CL.THROTTLE", key, "2", "1", "60", String(quantity)];

async function alone(RESP) {
  const client = await createClient({ url, RESP, name: "node-redis" }).connect();
  const say = (asked, run) => show(`RESP${RESP}: ${asked}`, run);
  const a = `a${RESP}`;
  await say("multi of 4", () => {
    const multi = client.multi();
    for (let i = 0; i < 4; i++) multi.addCommand(throttle(a));
    return multi.exec();
  });
  await say("EXISTS", () => client.exists([a, "nothing"]));
  await say("TTL", () => client.ttl(a));
  await say("PTTL", () => client.pTTL(a));
  await say("TYPE", () => client.type(a));
  await say("DEL", () => client.del([a, "nothing"]));
  await say("multi with an unknown command", () => client.multi().addCommand(throttle(a)).addCommand(["NOPE"]).exec());
  await say("EXISTS", () => client.exists(a));
  await say("watch, disturbed", async () => {
    await client.watch(a);
    const other = await client.duplicate().connect();
    await other.sendCommand(throttle(a));
    other.destroy();
    return client.multi().addCommand(throttle(a)).exec();
  });
  await say("watch", async () => {
    await client.watch(a);
    return client.multi().addCommand(throttle(a)).exec();
  });
  await say("pipeline", () => client.multi().addCommand(throttle(a)).ping().execAsPipeline());
  await say("GCRA", () => client.sendCommand(["GCRA", `g${RESP}`, "5", "30", "60", "TOKENS", "2"]));
  await say("THROTTLE.ACQUIRE", () => client.sendCommand(["THROTTLE.ACQUIRE", "per-client", a]));
  await say("CLIENT TRACKING OFF", () => client.sendCommand(["CLIENT", "TRACKING", "OFF"]));
  await say("CLIENT TRACKING ON", () => client.sendCommand(["CLIENT", "TRACKING", "ON"]));
  await say("CLIENT GETNAME", () => client.clientGetName());
  await say("INCR", () => client.incr("n"));
  client.destroy();
}

async function cluster() {
  const client = await createCluster({ rootNodes: [{ url }] }).connect();
  await show("cluster: CL.THROTTLE", () => client.sendCommand("x", false, throttle("x")));
  await show("cluster: multi", () => client.multi("x").addCommand("x", false, throttle("x")).addCommand("x", false, throttle("x")).exec());
  await show("cluster: DEL x", () => client.del("x"));
  await show("cluster: TTL x", () => client.ttl("x"));
  await show("cluster: masters", () => client.masters.map((node) => node.port === port));
  client.destroy();
}

alone(2).then(() => alone(3)).then(cluster);
