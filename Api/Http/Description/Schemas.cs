using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Throttle.Api.Http.Description;

/// <summary>The shapes of bodies, for the API's description. Tests read real answers into them, so that they stay true.</summary>
internal static partial class Schemas
{
    public sealed record AcquireRequest(
        [property: Description("What is known of the request: up to 32 names of 1 to 100 characters. Numbers and booleans are taken as their text. Needed unless rule and key are given.")]
        Dictionary<string, string>? Attributes,
        [property: Description("Units asked for; each rule multiplies them by its own cost. 0 asks without taking.")]
        [property: Range(0L, 9007199254740992L)]
        [property: DefaultValue(1L)]
        long? Cost,
        [property: Description("How long the caller is ready to wait: a duration such as 2s or 250ms, or a number of seconds; at most 1 hour.")]
        string? Wait,
        [property: Description("The one rule to ask, whatever its conditions; all that match without it.")]
        string? Rule,
        [property: Description("The bucket of the rule by its key, at most 1 KiB, in place of the attributes that make it. Only with rule.")]
        string? Key,
        [property: Description("Whether only to say what taking would answer.")]
        [property: DefaultValue(false)]
        bool? Peek);

    public sealed record BucketPage(
        string Rule,
        [property: Description("Live buckets; of a cluster in the order of their keys. Of a rule without key attributes the answer is its one bucket instead.")]
        IReadOnlyList<Bucket> Buckets,
        [property: Description("What to give as after for the next page; null where there is none.")] string? Next,
        [property: Description("Nodes of a cluster that did not answer in time; left out where all did.")] IReadOnlyList<string>? Silent);

    public sealed record Answer(
        bool Allowed,
        [property: Description("False when no rule matched, and left out otherwise.")]
        bool? Matched,
        [property: Description("Why the request was allowed though no rule matched.")]
        string? Reason,
        [property: Description("The decisive rule: the one that refused, or the one with the least remaining. Null when no enforced rule matched.")]
        string? Rule,
        string? Key,
        long? Limit,
        long? Remaining,
        [property: Description("Seconds until a retry would pass if nobody else came; 0 when allowed or when it never fits.")]
        decimal RetryAfter,
        [property: Description("Seconds until the bucket is as new.")]
        decimal ResetAfter,
        [property: Description("Seconds to wait before going: the permits are paid for.")]
        decimal Delay,
        [property: Description("The cost is above the limit: no wait helps.")]
        bool NeverFits,
        [property: Description("From when an allowed request may go, in seconds since 1970; give it to /v1/return.")]
        decimal At,
        [property: Description("What holds the permits, for /v1/renew and /v1/return.")]
        string? Lease,
        [property: Description("When unused permits or the lease end, in seconds since 1970.")]
        decimal? ExpiresAt,
        [property: Description("Why the decisive rule could not be asked; its on-error decided.")]
        string? Error,
        IReadOnlyList<RuleAnswer> Rules);

    public sealed record RuleAnswer(
        string Rule,
        string Key,
        Mode Mode,
        bool Allowed,
        long? Limit,
        long? Remaining,
        decimal RetryAfter,
        decimal ResetAfter,
        decimal Delay,
        bool NeverFits,
        string? Lease,
        string? Error);

    public sealed record ReturnRequest(
        [property: Description("The attributes that were asked with; not with a lease.")]
        Dictionary<string, string>? Attributes,
        [property: Range(0L, 9007199254740992L)]
        [property: DefaultValue(1L)]
        long? Cost,
        [property: Description("The answer's at, in seconds since 1970 or as ISO 8601; left out for now.")]
        decimal? At,
        [property: Description("The answer's lease, by itself.")]
        string? Lease);

    public sealed record ReturnAnswer(
        [property: Description("Whether the lease was still held, or whether a rule took the permits back.")]
        bool Returned,
        [property: Description("What each bucket holds now; left out for a lease.")]
        IReadOnlyList<Bucket>? Rules);

    public sealed record RenewRequest([property: Required] string Lease);

    public sealed record RenewAnswer(
        bool Held,
        [property: Description("When the lease now ends, in seconds since 1970.")]
        decimal ExpiresAt);

    public sealed record BeginRequest(
        [property: Description("The attributes that were asked with.")]
        [property: Required]
        Dictionary<string, string> Attributes,
        [property: Description("The answer's at, in seconds since 1970 or as ISO 8601.")]
        [property: Required]
        decimal? At);

    public sealed record BeginAnswer(
        [property: Description("begun: make the call now; wait: ask again later; expired: too late, do not; unavailable: no answer could be had.")]
        string Outcome,
        [property: Description("Seconds, from when this was asked, within which the call must run; left out where no rule spaces it.")]
        decimal? Within,
        [property: Description("Seconds until it is worth asking again; 0 unless told to wait.")]
        decimal Wait,
        [property: Description("Why a rule could not be asked; its on-error decided.")]
        string? Error);

    public sealed record RanRequest(
        [property: Description("The attributes that were asked with.")]
        [property: Required]
        Dictionary<string, string> Attributes,
        [property: Description("The answer's at, in seconds since 1970 or as ISO 8601.")]
        [property: Required]
        decimal? At,
        [property: Description("How long ago the call ran: a number of seconds, or a duration such as 12ms.")]
        [property: Required]
        decimal? Ago);

    public sealed record RanAnswer([property: Description("Whether any rule had use for it.")] bool Ran);

    public sealed record FactorRequest(
        [property: Description("0 to 1000 with up to nine decimals.")]
        [property: Required]
        decimal? Factor);

    public sealed record Bucket(
        string Rule,
        string Key,
        Mode Mode,
        string Algorithm,
        long? Limit,
        long? Remaining,
        decimal ResetAfter,
        [property: Description("What an adaptive leak is multiplied by; left out for other buckets.")]
        decimal? Factor,
        string? Error);

    public sealed record ResetAnswer([property: Description("Whether the bucket held anything to forget.")] bool Reset);

    public sealed record WorkAnswer(
        bool Accepted,
        string Rule,
        string Key,
        string Id,
        [property: Description("When it was accepted the first time, in seconds since 1970.")]
        decimal? EnqueuedAt,
        [property: Description("The turn it was given then, in seconds since 1970.")]
        decimal? DueAt,
        [property: Description("Why it was not accepted.")]
        string? Reason,
        [property: Description("Seconds until it is worth trying again.")]
        decimal? RetryAfter);

    public sealed record WorkQueue(
        string Rule,
        string Key,
        [property: Description("Items in line, the one that is being delivered included.")]
        int Length,
        long Bytes,
        [property: Description("The first in line.")]
        WorkHead? Head,
        [property: Description("Seconds until the next delivery is due; null when there is none, or the one under way decides.")]
        decimal? NextTurn,
        [property: Description("Items that failed for good and are kept.")]
        int Failed);

    public sealed record WorkHead(
        string Id,
        [property: Description("Seconds since it came.")] decimal Age,
        int Attempts,
        bool Delivering,
        [property: Description("Why the last attempt failed.")] string? Error);

    public sealed record WorkCancelled(string Cancelled);

    public sealed record FailedList(string Rule, string Key, IReadOnlyList<FailedWork> Failed);

    public sealed record FailedWork(
        string Id,
        int Attempts,
        string? Error,
        decimal EnqueuedAt,
        decimal FailedAt,
        string? ContentType,
        [property: Description("The payload, where it is UTF-8.")] string? Text,
        [property: Description("The payload, where it is not.")] string? Base64);

    public sealed record PutBackRequest([property: Required] string Id);

    public sealed record WorkPutBack([property: Description("The work's id.")] string PutBack);

    public sealed record WorkRemoved([property: Description("The work's id.")] string Removed);

    public sealed record RuleSet(
        [property: Description("The version of the set, also the ETag. When sent, it is not looked at: If-Match is.")]
        long Version,
        [property: Description("In a cluster: the version of the rules that each node answers by. When sent, it is not looked at.")]
        IReadOnlyList<NodeRules>? Nodes,
        IReadOnlyList<Rule> Rules);

    public sealed record NodeRules(
        [property: Description("The node's name; new after a restart.")] string Node,
        [property: Description("Null when the node has not answered.")] long? Version);

    /// <summary>A rule; its schema follows from <see cref="Throttle.Core.Rules.RuleFields"/>.</summary>
    public sealed record Rule(string Id, JsonObject Limit)
    {
        /// <summary>The other fields.</summary>
        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Others { get; init; }
    }

    public sealed record VersionAnswer(long Version);

    public sealed record Usage(
        [property: Description("From when on it was counted, in seconds since 1970.")] decimal Since,
        IReadOnlyList<UsageNode> Nodes,
        [property: Description("Rules that were ever asked, by id; (removed) stands for those that went long ago.")]
        IReadOnlyList<RuleUsage> Rules);

    public sealed record UsageNode(
        [property: Description("The node's name; in a cluster new after a restart.")] string Node,
        [property: Description("Whether it is gone: what it counted stays.")] bool Ended);

    public sealed record RuleUsage(
        string Rule, long Allowed, long Refused, long ShadowRefused, long Errors, long Permits, IReadOnlyList<NodeUsage> Nodes);

    public sealed record NodeUsage(
        [property: Description("(earlier) stands for nodes that ended long ago.")] string Node,
        long Allowed,
        long Refused,
        long ShadowRefused,
        [property: Description("No answer could be had, and on-error decided.")] long Errors,
        [property: Description("Granted; what was given back is not taken off.")] long Permits);

    public sealed record ReplicationPage(
        [property: Required] string Region,
        [property: Required]
        [property: Description("Tells this run of the sender from earlier ones.")]
        long Incarnation,
        [property: Required]
        [property: Description("The version of the sender that the receiver is known to have; what is later follows.")]
        long After,
        [property: Required]
        [property: Description("The version that the receiver has when it has taken this.")]
        long Through,
        [property: Required] bool Last,
        [property: Required]
        [property: Description("At most 1,000 buckets, by rising version.")]
        IReadOnlyList<ReplicationEntry> Entries);

    public sealed record ReplicationEntry(
        string Rule,
        string Key,
        [property: Description("Which count of this bucket it is; another number is another count, from zero.")] long Count,
        [property: Description("The version at which the count began; 0 where it is older than this run of the sender.")] long Start,
        long Version,
        [property: Description("Permits granted since the start.")] long Consumed,
        [property: Description("Permits given back since the start.")] long Returned,
        [property: Description("Permits that the sender's bucket is short of.")] long Outstanding);

    public sealed record ReplicationAnswer(
        string Region,
        [property: Description("The version of the sender up to which everything was heard; less than through: go on from here.")]
        long Through);

    public sealed record ClockMove(
        [property: Description("How far: a duration such as 1.5s, or a number of seconds.")]
        string? Advance,
        [property: Description("To when: ISO 8601 with its offset, or seconds since 1970; not before the present.")]
        string? To);

    public sealed record ClockAnswer(
        [property: Description("Seconds since 1970.")] decimal Now,
        [property: Description("The same instant as ISO 8601.")] DateTime Utc);

    public sealed record Live(string Status);

    public sealed record Ready(
        [property: Description("ready, or with status 503 stopping or not-ready.")] string Status,
        [property: Description("Why the node is not ready.")]
        string? Reason,
        long RulesVersion,
        int Rules,
        [property: Description("What is wrong with the rule file as it is now; the rules before that edit are in force.")]
        string? RuleFileError,
        bool VirtualClock,
        decimal Now,
        DateTime Utc);

    public sealed record Problem(
        string Type,
        string Title,
        int Status,
        string Detail,
        [property: Description("What kind of problem it is, for programs.")] string Code,
        [property: Description("The id under which the node's log says what failed.")] string? Failure,
        [property: Description("Seconds until it is worth trying again.")] decimal? RetryAfter,
        string? Field,
        string? Value,
        string? Allowed,
        long? CurrentVersion,
        IReadOnlyList<Fault>? Faults);

    public sealed record Fault(string Path, string Message, int? Line);

    [JsonConverter(typeof(JsonStringEnumConverter<Mode>))]
    public enum Mode
    {
        [JsonStringEnumMemberName("enforce")]
        Enforce,

        [JsonStringEnumMemberName("shadow")]
        Shadow,

        [JsonStringEnumMemberName("off")]
        Off,
    }
}
