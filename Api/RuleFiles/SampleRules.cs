namespace Throttle.Api.RuleFiles;

/// <summary>The rules a node starts with when it is given none: <c>samples/rules.yaml</c>.</summary>
public static class SampleRules
{
    private const string Resource = "Throttle.Api.samples.rules.yaml";

    /// <summary>The file's text, comments included.</summary>
    public static string Text { get; } = ReadText();

    private static string ReadText()
    {
        using var stream = typeof(SampleRules).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource '{Resource}' is missing from the build.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
