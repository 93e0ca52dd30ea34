namespace Throttle.Api.Envoy;

/// <summary>One file of a configuration.</summary>
/// <param name="Name">What faults call it.</param>
/// <param name="Text">Its text.</param>
public sealed record EnvoyFile(string Name, string Text);
