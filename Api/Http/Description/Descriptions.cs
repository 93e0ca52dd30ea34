using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Throttle.Api.Http.Description;

/// <summary>What the API's description says of each endpoint.</summary>
internal static partial class Descriptions
{
    private const string Json = "application/json";
    private const string Yaml = "application/yaml";
    private const string KeyInPath =
        "Slashes in the key may be sent as they are or as %2F. A key that no path can carry, such as '..', goes into the query: ?key=..";

    public static void Acquire(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "acquire", "Permits", "Asks for permits", """
            200 when allowed, 429 when refused, 503 when a rule could not be asked and its on-error is deny. An allowed answer
            with a delay above zero says when to go. An array of up to 1,000 requests gives an array of answers in order, with
            status 200; a faulty one has an object with the single field error in its place. A batch is answered when all of it is;
            what it only peeks at is looked at last. With rule only that rule is asked, whatever its conditions; with key its bucket of
            that key, in place of attributes.
            """);
        Takes<Schemas.AcquireRequest>(endpoint, Json);
        Gives<Schemas.Answer>(endpoint, 200, 429, 503);
        Fails(endpoint, 400, 413, 415);
    }

    public static void Return(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "return", "Permits", "Gives permits back", "By the lease that holds them, or by what was asked and when. Without a lease it needs the admin token where there is one.");
        Takes<Schemas.ReturnRequest>(endpoint, Json);
        Gives<Schemas.ReturnAnswer>(endpoint, 200);
        Fails(endpoint, 400, 401, 403, 413, 415);
    }

    public static void Renew(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "renew", "Permits", "Extends a lease to one lease time from now", "404 when it is no longer held.");
        Takes<Schemas.RenewRequest>(endpoint, Json);
        Gives<Schemas.RenewAnswer>(endpoint, 200);
        Fails(endpoint, 400, 404, 413, 415);
    }

    public static void Begin(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "begin", "Permits", "Asks whether a granted call may run now", """
            For rules of the kind spacing, which keep calls that ask an interval apart by when they run. Ask just before the call, make
            it within the stated time counted from the asking, or not at all, and tell by /v1/ran. 503 when the rule could not be
            asked and its on-error is deny.
            """);
        Takes<Schemas.BeginRequest>(endpoint, Json);
        Gives<Schemas.BeginAnswer>(endpoint, 200, 503);
        Fails(endpoint, 400, 413, 415);
    }

    public static void Ran(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "ran", "Permits", "Tells when a call that was begun ran", "So that the next need not wait for the latest instant at which it might have.");
        Takes<Schemas.RanRequest>(endpoint, Json);
        Gives<Schemas.RanAnswer>(endpoint, 200);
        Fails(endpoint, 400, 413, 415);
    }

    public static void ForwardAuth(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "forwardAuth", "Permits", "Asks for a request that a proxy holds", """
            For Traefik, Caddy and nginx (auth_request), with any method. Attributes are ip, method, path, host and proto, of X-Forwarded-For,
            -Method, -Uri, -Host and -Proto, or Forwarded (for, host and proto), or X-Original-Method, -URI and -URL, from trusted proxies
            only; anybody else is the client. The body of 200 is empty.
            """);
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(200));
        Fails(endpoint, 400, 403, 429, 503);
    }

    public static void SetFactor(IEndpointConventionBuilder endpoint) =>
        SetFactor(endpoint, "setFactor", "Sets the factor of the bucket of a rule without key attributes");

    public static void SetKeyedFactor(IEndpointConventionBuilder endpoint) =>
        SetFactor(endpoint, "setKeyedFactor", "Sets the factor of one adaptive bucket");

    public static void ShowBucket(IEndpointConventionBuilder endpoint) =>
        ShowBucket(
            endpoint,
            "showBucket",
            "Shows the bucket of a rule without key attributes, or lists the live buckets of another rule",
            "A rule without key attributes has one bucket, which is shown. Of any other rule this lists the buckets that are not as new, in pages: limit says how many, and after takes the next of the page before. The list needs the admin token. 501 in a cluster, which has no list. With key in the query that bucket is shown.",
            isList: true);

    public static void ShowKeyedBucket(IEndpointConventionBuilder endpoint) =>
        ShowBucket(endpoint, "showKeyedBucket", "Shows one bucket; one that nobody has used is shown as new", KeyInPath, isList: false);

    public static void ResetBucket(IEndpointConventionBuilder endpoint) =>
        ResetBucket(endpoint, "resetBucket", "Makes the bucket of a rule without key attributes new");

    public static void ResetKeyedBucket(IEndpointConventionBuilder endpoint) =>
        ResetBucket(endpoint, "resetKeyedBucket", "Makes one bucket new");

    public static void Enqueue(IEndpointConventionBuilder endpoint, bool isKeyed)
    {
        Say(endpoint, Name("enqueue", isKeyed), "Queues", "Hands work over to a queue", $"""
            The body, whatever it is, at most 64 KiB, is delivered at its turn, at least once, after everything before it. The id
            names it: handing it over again gives the first answer again. 429 when there is no room. {KeyInPath}
            """);
        endpoint.WithMetadata(new BodyDescription(typeof(byte[]), ["application/octet-stream", Json]));
        Gives<Schemas.WorkAnswer>(endpoint, 202, 429);
        Fails(endpoint, 400, 404, 409, 413, 415, 503);
    }

    public static void ShowQueue(IEndpointConventionBuilder endpoint, bool isKeyed)
    {
        Say(endpoint, Name("showQueue", isKeyed), "Queues", "Shows a queue of work", KeyInPath);
        Gives<Schemas.WorkQueue>(endpoint, 200);
        Fails(endpoint, 400, 404, 409, 503);
    }

    public static void CancelWork(IEndpointConventionBuilder endpoint, bool isKeyed)
    {
        Say(endpoint, Name("cancelWork", isKeyed), "Queues", "Takes work out of the line", KeyInPath);
        Gives<Schemas.WorkCancelled>(endpoint, 200);
        Fails(endpoint, 400, 404, 409, 503);
    }

    public static void ShowFailed(IEndpointConventionBuilder endpoint, bool isKeyed)
    {
        Say(endpoint, Name("showFailed", isKeyed), "Queues", "Lists work that failed for good", $"The oldest first, at most 100. {KeyInPath}");
        Gives<Schemas.FailedList>(endpoint, 200);
        FailsEdit(endpoint, 400, 404, 409, 503);
    }

    public static void PutBack(IEndpointConventionBuilder endpoint, bool isKeyed)
    {
        Say(endpoint, Name("putBack", isKeyed), "Queues", "Puts work that failed for good at the end of the line", KeyInPath);
        Takes<Schemas.PutBackRequest>(endpoint, Json);
        Gives<Schemas.WorkPutBack>(endpoint, 200);
        FailsEdit(endpoint, 400, 404, 409, 413, 415, 429, 503);
    }

    public static void RemoveFailed(IEndpointConventionBuilder endpoint, bool isKeyed)
    {
        Say(endpoint, Name("removeFailed", isKeyed), "Queues", "Removes work that failed for good", KeyInPath);
        Gives<Schemas.WorkRemoved>(endpoint, 200);
        FailsEdit(endpoint, 400, 404, 409, 503);
    }

    public static void ShowRules(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "showRules", "Rules", "Shows the rules in force", "The ETag is their version. YAML when that is what is accepted. JSON of a cluster also has the version of each node.");
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(200, typeof(Schemas.RuleSet), [Json, Yaml]));
        FailsEdit(endpoint);
    }

    public static void ReplaceRules(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "replaceRules", "Rules", "Replaces all rules, or none", """
            YAML or JSON by content type. With If-Match only that version is replaced. The rule file is written, too.
            """);
        Takes<Schemas.RuleSet>(endpoint, Json, Yaml);
        Gives<Schemas.RuleSet>(endpoint, 200);
        FailsEdit(endpoint, 400, 409, 412, 413, 415, 503);
    }

    public static void ShowRule(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "showRule", "Rules", "Shows one rule", "The ETag is the version of all rules.");
        Gives<Schemas.Rule>(endpoint, 200);
        FailsEdit(endpoint, 404);
    }

    public static void PutRule(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "putRule", "Rules", "Puts one rule", "In its place, or behind all others. The body may leave the id out.");
        Takes<Schemas.Rule>(endpoint, Json, Yaml);
        Gives<Schemas.Rule>(endpoint, 200, 201);
        FailsEdit(endpoint, 400, 409, 412, 413, 415, 503);
    }

    public static void DeleteRule(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "deleteRule", "Rules", "Deletes one rule", "Answers the version of the rules without it.");
        Gives<Schemas.VersionAnswer>(endpoint, 200);
        FailsEdit(endpoint, 400, 404, 409, 412, 503);
    }

    public static void ShowUsage(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "showUsage", "Usage", "Shows what was decided, by rule and node", "Cumulative since the node's start, or the cluster's. Rules that are gone are kept, the last 1,000 by their id.");
        Gives<Schemas.Usage>(endpoint, 200);
        FailsEdit(endpoint, 400, 503);
    }

    public static void Replicate(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "replicate", "Replication", "Takes what another node has granted", "From peers, with the peer token. There only on a node with peers. The answer says where to go on.");
        endpoint.WithMetadata(PeerOnly.Instance);
        Takes<Schemas.ReplicationPage>(endpoint, Json);
        Gives<Schemas.ReplicationAnswer>(endpoint, 200);
        Fails(endpoint, 400, 401, 409, 413, 415);
    }

    public static void ShowClock(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "showClock", "Clock", "Shows where the virtual clock stands", "There only on a virtual clock.");
        Gives<Schemas.ClockAnswer>(endpoint, 200);
    }

    public static void MoveClock(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "moveClock", "Clock", "Moves the virtual clock forward", "By advance, or to an instant. Everything on the way comes due.");
        Takes<Schemas.ClockMove>(endpoint, Json);
        Gives<Schemas.ClockAnswer>(endpoint, 200);
        FailsEdit(endpoint, 400, 413, 415);
    }

    public static void Live(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "live", "Health", "Whether the process answers", "");
        Gives<Schemas.Live>(endpoint, 200);
    }

    public static void Ready(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "ready", "Health", "Whether requests are taken", "503 from the moment the node is asked to stop, and in a cluster also while it has not joined or cannot reach it.");
        Gives<Schemas.Ready>(endpoint, 200, 503);
    }

    public static void Metrics(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "metrics", "Health", "Metrics for Prometheus", "Text format 0.0.4.");
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(200, typeof(string), ["text/plain"]));
    }

    public static void DemoStream(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "demoStream", "Demo", "Streams a JSON array at a limited rate", """
            Strings of 64 hexadecimal digits, made while they are sent. With neither rate nor user as fast as the client reads.
            Open to this machine only where there is no admin token; else it needs it, as Bearer or as the password of HTTP Basic.
            """);
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(200, typeof(IReadOnlyList<string>), [Json]));
        endpoint.WithMetadata(AdminOnly.Instance);
        Fails(endpoint, 400, 401, 403);
    }

    public static void EnvoyDecide(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "envoyDecide", "Envoy", "Decides a request as Envoy's ratelimit service does", """
            200 when all descriptors are within their limits, 429 when the request is over. Any other method will do, too. 404 on a
            node without --envoy-config, 503 when a bucket gave no answer.
            """);
        Takes<Schemas.EnvoyRequest>(endpoint, Json);
        Gives<Schemas.EnvoyResponse>(endpoint, 200, 429);
        Fails(endpoint, 400, 404, 413, 415, 503);
    }

    public static void EnvoyShow(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "envoyShow", "Envoy", "Shows the limits of the Envoy configuration in force", """
            One line for each. Open to this machine only where there is no admin token; else it needs it, as Bearer or as the password
            of HTTP Basic. 404 on a node without --envoy-config.
            """);
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(200, typeof(string), ["text/plain"]));
        endpoint.WithMetadata(AdminOnly.Instance);
        Fails(endpoint, 401, 403, 404);
    }

    /// <summary>Of two paths, the one with the key in it has a name of its own.</summary>
    private static string Name(string name, bool isKeyed) => isKeyed ? $"{name}Keyed" : name;

    private static void ShowBucket(IEndpointConventionBuilder endpoint, string name, string summary, string description, bool isList)
    {
        Say(endpoint, name, "Buckets", summary, description);
        Fails(endpoint, 400, 404);
        if (isList)
        {
            Gives<Schemas.BucketPage>(endpoint, 200);
            Fails(endpoint, 401, 403, 501);
        }
        else
        {
            Gives<Schemas.Bucket>(endpoint, 200);
        }
    }

    private static void SetFactor(IEndpointConventionBuilder endpoint, string name, string summary)
    {
        Say(endpoint, name, "Buckets", summary, $"Clamped to the rule's floor and ceiling; 409 where the rule does not say settable. {KeyInPath}");
        Takes<Schemas.FactorRequest>(endpoint, Json);
        Gives<Schemas.Bucket>(endpoint, 200);
        FailsEdit(endpoint, 400, 404, 409, 413, 415);
    }

    private static void ResetBucket(IEndpointConventionBuilder endpoint, string name, string summary)
    {
        Say(endpoint, name, "Buckets", summary, KeyInPath);
        Gives<Schemas.ResetAnswer>(endpoint, 200);
        FailsEdit(endpoint, 400, 404);
    }

    private static void Say(IEndpointConventionBuilder endpoint, string name, string tag, string summary, string description) =>
        endpoint.WithName(name).WithTags(tag).WithSummary(summary).WithDescription(description.ReplaceLineEndings(" ").Trim());

    private static void Takes<T>(IEndpointConventionBuilder endpoint, params string[] contentTypes) =>
        endpoint.WithMetadata(new BodyDescription(typeof(T), contentTypes));

    private static void Gives<T>(IEndpointConventionBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(T), [Json]));
        }
    }

    private static void Fails(IEndpointConventionBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(Schemas.Problem), [ProblemJson.ContentType]));
        }
    }

    /// <summary>The failures of an endpoint that needs the admin token: those given, a missing token and a caller that is not allowed.</summary>
    private static void FailsEdit(IEndpointConventionBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        endpoint.WithMetadata(AdminOnly.Instance);
        Fails(endpoint, 401, 403);
        Fails(endpoint, statuses);
    }
}
