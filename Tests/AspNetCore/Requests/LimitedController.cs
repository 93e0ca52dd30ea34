using Microsoft.AspNetCore.Mvc;
using Throttle.AspNetCore.Requests;

namespace Throttle.Tests.AspNetCore.Requests;

/// <summary>A controller whose actions name rules.</summary>
[ApiController]
[Route("controller")]
[Throttle("one")]
public sealed class LimitedController : ControllerBase
{
    /// <summary>By the controller's rule.</summary>
    [HttpGet("one")]
    public string One() => "one";

    /// <summary>By a rule of its own.</summary>
    [HttpGet("two")]
    [Throttle("two")]
    public string Two() => "two";

    /// <summary>By none.</summary>
    [HttpGet("free")]
    [DisableThrottle]
    public string Free() => "free";
}
