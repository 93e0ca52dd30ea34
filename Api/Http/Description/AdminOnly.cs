namespace Throttle.Api.Http.Description;

/// <summary>Marks endpoints that edit, or show what is not for everybody: they need the admin token where there is one.</summary>
internal sealed class AdminOnly
{
    public static readonly AdminOnly Instance = new();

    private AdminOnly()
    {
    }
}
