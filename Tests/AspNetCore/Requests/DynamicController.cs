using Microsoft.AspNetCore.Mvc;
using Throttle.AspNetCore.Requests;

namespace Throttle.Tests.AspNetCore.Requests;

/// <summary>A controller without a route of its own.</summary>
public sealed class DynamicController : ControllerBase
{
    /// <summary>By its rule.</summary>
    [Throttle("one")]
    public string One() => "one";
}
