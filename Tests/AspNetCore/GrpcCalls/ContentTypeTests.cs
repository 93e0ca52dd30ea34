namespace Throttle.Tests.AspNetCore.GrpcCalls;

/// <summary>Which requests are gRPC calls.</summary>
public sealed class ContentTypeTests
{
    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("Application/GRPC", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData(" application/grpc ; charset=utf-8", true)]
    [InlineData("application/grpc-web", true)]
    [InlineData("application/grpc-web+json", true)]
    [InlineData("application/grpc-web-text", true)]
    [InlineData("application/grpc-web-text+proto", true)]
    [InlineData("application/grpc+", false)]
    [InlineData("application/grpcx", false)]
    [InlineData("application/grpc-webx", false)]
    [InlineData("application/grpc-text", false)]
    [InlineData("application/grpc-web,text/html", false)]
    [InlineData("application/grpc-web+proto,text/html", false)]
    [InlineData("application/json", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void ContentType_OfARequest_SaysWhetherItIsACall(string? contentType, bool isCall) => Assert.Equal(isCall, GrpcAnswer.IsCall(contentType));
}
