
namespace Throttle.Api.Redis;

/// <summary>How a command whose limit comes with it is answered.</summary>
internal enum RateDialect : byte
{
    /// <summary><c>CL.THROTTLE</c>, as redis-cell answers; <c>RL.THROTTLE</c> and Redis' <c>GCRA</c> give the same five numbers.</summary>
    Cell,

    /// <summary><c>THROTTLE</c>, as throttlecrab answers.</summary>
    Crab,
}
