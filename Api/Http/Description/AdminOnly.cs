namespace Throttle.Api.Http.Description;

/// <summary>Marks endpoints that edit: they need the admin token where there is one.</summary>
internal sealed class AdminOnly
{
    public static readonly AdminOnly Instance = new();

    private AdminOnly()
    {
    }
}
