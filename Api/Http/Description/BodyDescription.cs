namespace Throttle.Api.Http.Description;

/// <summary>
/// The body an endpoint takes, for its description only: the framework's own metadata would also refuse other content
/// types, and with them a plain <c>curl -d</c>.
/// </summary>
internal sealed record BodyDescription(Type Type, IReadOnlyList<string> ContentTypes);
