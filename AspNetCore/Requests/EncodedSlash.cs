namespace Throttle.AspNetCore.Requests;

/// <summary>How an application reads <c>%2F</c> in a path.</summary>
public enum EncodedSlash
{
    /// <summary>Nobody knows: such a path has no normal form.</summary>
    Refuse,

    /// <summary>As a part of its segment, which rules see as <c>%2F</c>: so ASP.NET Core, npm's registries and GitLab read it.</summary>
    Keep,

    /// <summary>As a slash like any other.</summary>
    Split,
}
