using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Throttle.Api.Envoy;
using Throttle.Api.Redis;
using Throttle.Core.Rules;

namespace Throttle.Api.Hosting;

/// <summary>Messages of exceptions, for people.</summary>
public static class Errors
{
    /// <summary>The message without what the runtime adds to it.</summary>
    public static string WithoutParameter(ArgumentException e)
    {
        var text = FirstLine(e);
        var tail = text.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return tail < 0 ? text : text[..tail];
    }

    /// <summary>The first line of the message.</summary>
    public static string FirstLine(Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        var end = e.Message.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? e.Message : e.Message[..end];
    }

    /// <summary>What is wrong with a rule file: a line that counts, and one for each fault.</summary>
    public static string OfRules(string path, InvalidRulesException e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return string.Join(Environment.NewLine, [$"'{path}' has {Count(e.Faults.Count)}:", .. e.Faults.Select(fault => $"  {fault}")]);
    }

    /// <summary>What is wrong with a configuration of Envoy's ratelimit service: a line that counts, and one for each fault.</summary>
    public static string OfEnvoy(string path, EnvoyConfigException e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return string.Join(Environment.NewLine, [$"'{path}' has {Count(e.Faults.Count)}:", .. e.Faults.Select(fault => $"  {fault}")]);
    }

    /// <summary>What keeps a node from starting, where its user can put it right; null for anything else. Only faulty rules take more than one line.</summary>
    /// <param name="e">What the start threw.</param>
    /// <param name="rulesPath">The rule file, or null when there is none.</param>
    /// <param name="urls">The addresses to listen on.</param>
    /// <param name="redis">Where the Redis protocol was to be spoken, or null.</param>
    /// <param name="envoyPath">The configuration of Envoy's ratelimit service, or null when there is none.</param>
    public static string? OfStart(Exception e, string? rulesPath, IReadOnlyList<string> urls, RedisOptions? redis = null, string? envoyPath = null) => e switch
    {
        EnvoyConfigException faulty => OfEnvoy(envoyPath ?? "", faulty),
        InvalidRulesException faulty => rulesPath is null ? faulty.Message : OfRules(rulesPath, faulty),
        IOException { InnerException: AddressInUseException } when redis is not null && e.Message.Contains($"//{redis.EndPoint}:", StringComparison.Ordinal) =>
            $"Cannot listen on {redis.EndPoint} for the Redis protocol: it is in use. Choose another with --redis-port, or 0 for none.",
        IOException { InnerException: AddressInUseException } => $"{e.Message.TrimEnd('.')}. Choose another with --urls; port 0 takes a free one.",

        // A port in use names itself; an address of another machine, or a port for the superuser only, does not.
        SocketException => $"Cannot listen on {string.Join(' ', urls)}{(redis is null ? "" : $" and {redis.EndPoint}")}: {e.Message}.",
        ArgumentException misuse => WithoutParameter(misuse),
        IOException or UnauthorizedAccessException => FirstLine(e),
        _ => null,
    };

    private static string Count(int faults) => faults == 1 ? "1 fault" : $"{faults} faults";
}
