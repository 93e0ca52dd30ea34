using Microsoft.AspNetCore.Http;
using Throttle.Api.Http;
using Throttle.Core.Replication;

namespace Throttle.Api.Replication;

/// <summary><c>POST /v1/replication</c>: takes what another node has granted.</summary>
internal sealed class ReplicationEndpoint(IReplicationInbox inbox, ReplicationMeter meter, string token)
{
    public const string Path = "/v1/replication";

    private readonly BearerToken _token = new(token);

    public async Task TakeAsync(HttpContext context)
    {
        // Before anything of the body is read.
        Check(context);
        var page = await RequestBody.ReadJsonAsync(context, ReplicationJson.ReadPage).ConfigureAwait(false);
        try
        {
            var receipt = await inbox.ReceiveAsync(page, context.RequestAborted).ConfigureAwait(false);
            meter.CountReceived(page.Region, receipt);
            await JsonBody.WriteAsync(
                context, StatusCodes.Status200OK, (inbox.Region, receipt.Through), ReplicationJson.WriteAnswer).ConfigureAwait(false);
        }
        catch (ReplicationException e)
        {
            throw e.IsPassing
                ? new ApiProblemException(503, "replication-busy", e.Message)
                : new ApiProblemException(409, "replication-conflict", e.Message);
        }
    }

    private void Check(HttpContext context)
    {
        if (BearerToken.In(context.Request) is not { } given)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"throttle peers\"";
            throw new ApiProblemException(401, "token-missing", "This is for peers; it needs the peer token as 'Authorization: Bearer TOKEN'.");
        }

        if (!_token.Is(given))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"throttle peers\", error=\"invalid_token\"";
            throw new ApiProblemException(401, "token-wrong", "The peer token is not the one this node was started with.");
        }
    }
}
