namespace Throttle.Api.ForwardAuth;

/// <summary>What <c>%2F</c> in a path is.</summary>
internal enum EncodedSlash
{
    /// <summary>Nobody knows: such a path is not answered for.</summary>
    Refuse,

    /// <summary>A part of its segment, which rules see as <c>%2F</c>: so npm's registries and GitLab read it.</summary>
    Keep,

    /// <summary>A slash like any other.</summary>
    Split,
}
