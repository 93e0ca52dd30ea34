namespace Throttle.Api.Envoy;

/// <summary>One entry of a request's descriptor.</summary>
internal readonly record struct EnvoyEntry(string Key, string Value);
