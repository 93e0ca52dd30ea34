using Grpc.Core;

namespace Throttle.Tests.AspNetCore.GrpcCalls;

/// <summary>A gRPC service that answers with what it is told, or fails as it is told.</summary>
internal sealed class EchoService : Echo.EchoBase
{
    /// <summary>A text that makes the service refuse a call by itself, as a service does whose messages are too long.</summary>
    public const string TooLong = "too long";

    public override Task<EchoMessage> Say(EchoMessage request, ServerCallContext context) => request.Text == TooLong
        ? throw new RpcException(new Status(StatusCode.ResourceExhausted, TooLong))
        : Task.FromResult(request);

    public override async Task SayAll(IAsyncStreamReader<EchoMessage> requestStream, IServerStreamWriter<EchoMessage> responseStream, ServerCallContext context)
    {
        await foreach (var message in requestStream.ReadAllAsync())
        {
            await responseStream.WriteAsync(message);
        }
    }
}
