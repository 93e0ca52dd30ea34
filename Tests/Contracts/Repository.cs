namespace Throttle.Tests.Contracts;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Throttle.Orleans.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"No solution above {AppContext.BaseDirectory}.");
        }

        return folder.FullName;
    }
}
