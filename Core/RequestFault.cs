namespace Throttle.Core;

/// <summary>What is wrong with one request of several.</summary>
/// <param name="Index">The request's place, from 0.</param>
/// <param name="Error">What it would throw if it were asked by itself; the message names the value and the allowed range.</param>
public readonly record struct RequestFault(int Index, ArgumentException Error)
{
    /// <summary><c>requests[3]: cost is -1; use 0 to …</c></summary>
    public override string ToString() => $"requests[{Index}]: {Error.Message}";
}
