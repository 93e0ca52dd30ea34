namespace Throttle.Tests.Api.ForwardAuth;

/// <summary>A fact that needs nginx; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NginxFactAttribute : FactAttribute
{
    /// <summary>Skips without nginx.</summary>
    public NginxFactAttribute()
    {
        if (Nginx.Program is null)
        {
            Skip = "nginx is not installed; apt-get install nginx-light.";
        }
    }
}
