using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Throttle.Core.Queues;

namespace Throttle.Api.Http;

/// <summary><c>/v1/failed/{rule}/{key}</c>: shows work that failed for good, puts it back, removes it.</summary>
internal sealed class FailedWorkEndpoint(IWorkQueues queues)
{
    private static readonly KeyedPath Path = new("/v1/failed/");
    private static readonly string[] Fields = ["id"];

    public async Task ShowAsync(HttpContext context)
    {
        var (rule, key) = Path.Find(context);
        var failed = await WorkCall.CatchAsync(() => queues.ListFailedAsync(rule, key, context.RequestAborted)).ConfigureAwait(false);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, (rule, key, failed), WorkJson.WriteFailed).ConfigureAwait(false);
    }

    public async Task PutBackAsync(HttpContext context)
    {
        var (rule, key) = Path.Find(context);
        var id = await RequestBody.ReadJsonAsync(context, ReadId).ConfigureAwait(false);
        var edit = await WorkCall.CatchAsync(() => queues.PutBackAsync(rule, key, id, context.RequestAborted)).ConfigureAwait(false);
        WorkCall.Check(edit, id, "failed");
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, ("putBack", id), WorkJson.WriteEdit).ConfigureAwait(false);
    }

    public async Task RemoveAsync(HttpContext context)
    {
        var (rule, key) = Path.Find(context);
        var id = WorkCall.NeedId(context);
        var edit = await WorkCall.CatchAsync(() => queues.RemoveFailedAsync(rule, key, id, context.RequestAborted)).ConfigureAwait(false);
        WorkCall.Check(edit, id, "failed");
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, ("removed", id), WorkJson.WriteEdit).ConfigureAwait(false);
    }

    private static string ReadId(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        FieldReader.RequireObject(ref reader, "The body");
        string? id = null;
        uint seen = 0;
        while (FieldReader.Next(ref reader, Fields, "", ref seen) >= 0)
        {
            id = FieldReader.GetText(ref reader, "id", WorkCall.AllowedId);
        }

        reader.Read();
        return WorkCall.CheckId(id);
    }
}
