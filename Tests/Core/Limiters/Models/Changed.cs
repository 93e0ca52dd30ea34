using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>Other numbers for a live bucket.</summary>
/// <param name="Limiter">The limiter with these numbers.</param>
/// <param name="Model">The model of the bucket under them.</param>
/// <param name="OnChange">How the bucket is carried over.</param>
/// <param name="Scale">Ticks in which something happens under them.</param>
internal readonly record struct Changed<TState>(ILimiter<TState> Limiter, ILimiterModel Model, OnChange OnChange, long Scale)
    where TState : struct;
