using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.Api.Http;

/// <summary><c>GET</c>, <c>PUT</c> and <c>DELETE /v1/buckets/{rule}/{key}</c>: shows one bucket, sets its factor, or makes it new.</summary>
internal sealed class BucketEndpoint(IThrottle throttle, IRules rules, AdminGuard guard, IBucketList? list = null)
{
    private const int DefaultPage = 100;

    private static readonly KeyedPath Path = new("/v1/buckets/");

    public async Task ShowAsync(HttpContext context)
    {
        var (rule, key) = Path.Find(context);
        var bucket = await throttle.InspectAsync(rule, key, context.RequestAborted).ConfigureAwait(false)
            ?? throw KeyedPath.NoSuchRule(rule);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, bucket, DecisionJson.WriteBucket).ConfigureAwait(false);
    }

    /// <summary>The only bucket of a rule without key attributes, or one that the query names; else a page of the live ones, for those who may read the rules.</summary>
    public Task ShowOrListAsync(HttpContext context)
    {
        var (rule, _) = Path.Find(context);
        var current = rules.Current;
        var isList = !context.Request.Query.ContainsKey("key") && current.IndexOf(rule) is >= 0 and var index && current.Rules[index].Key.Count > 0;
        if (isList)
        {
            guard.CheckReader(context);
            return ListAsync(context, rule);
        }

        QueryNames.Check(context.Request.Query, ["key"]);
        return ShowAsync(context);
    }

    private async Task ListAsync(HttpContext context, string rule)
    {
        if (list is null)
        {
            throw new ApiProblemException(501, "not-listed", "This host does not list its buckets. Name a key: /v1/buckets/RULE/KEY.");
        }

        var limit = ReadNumber(context, "limit", DefaultPage, 1, IBucketList.MaxPage);
        var after = context.Request.Query.TryGetValue("after", out var given) ? given.ToString() : null;
        try
        {
            var page = await list.ListAsync(rule, after, (int)limit, context.RequestAborted).ConfigureAwait(false) ?? throw KeyedPath.NoSuchRule(rule);
            await JsonBody.WriteAsync(context, StatusCodes.Status200OK, (rule, page), WritePage).ConfigureAwait(false);
        }
        catch (FormatException)
        {
            throw new ApiProblemException(ApiProblem.InvalidField("after", $"'{after}'", "the next of the page before"));
        }
    }

    private static long ReadNumber(HttpContext context, string name, long none, long least, long most)
    {
        if (!context.Request.Query.TryGetValue(name, out var values))
        {
            return none;
        }

        return long.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new ApiProblemException(ApiProblem.InvalidField(
                name, $"'{values}'", string.Create(CultureInfo.InvariantCulture, $"a whole number, {least} to {most}")));
    }

    public async Task SetFactorAsync(HttpContext context)
    {
        var (rule, key) = Path.Find(context);
        var factor = await RequestBody.ReadJsonAsync(context, RequestJson.Factor).ConfigureAwait(false);
        try
        {
            _ = await throttle.SetFactorAsync(rule, key, factor, context.RequestAborted).ConfigureAwait(false)
                ?? throw KeyedPath.NoSuchRule(rule);
        }
        catch (FactorNotSettableException e)
        {
            throw new ApiProblemException(new ApiProblem(409, "factor-not-set", e.Message) { Field = "factor" });
        }

        await ShowAsync(context).ConfigureAwait(false);
    }

    public async Task ResetAsync(HttpContext context)
    {
        var (rule, key) = Path.Find(context);
        var wasUsed = await throttle.ResetAsync(rule, key, context.RequestAborted).ConfigureAwait(false)
            ?? throw KeyedPath.NoSuchRule(rule);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, wasUsed, WriteReset).ConfigureAwait(false);
    }

    private static void WritePage(Utf8JsonWriter writer, (string Rule, BucketPage Page) listed)
    {
        writer.WriteStartObject();
        writer.WriteString("rule"u8, listed.Rule);
        writer.WriteStartArray("buckets"u8);
        foreach (var bucket in listed.Page.Buckets)
        {
            DecisionJson.WriteBucket(writer, bucket);
        }

        writer.WriteEndArray();
        writer.WriteString("next"u8, listed.Page.Next);
        if (listed.Page.Silent.Count > 0)
        {
            writer.WriteStartArray("silent"u8);
            foreach (var node in listed.Page.Silent)
            {
                writer.WriteStringValue(node);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteReset(Utf8JsonWriter writer, bool wasUsed)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("reset"u8, wasUsed);
        writer.WriteEndObject();
    }
}
