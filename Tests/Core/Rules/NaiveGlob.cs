namespace Throttle.Tests.Core.Rules;

/// <summary>The pattern language by plain recursion, as its documentation reads.</summary>
internal static class NaiveGlob
{
    public static bool IsMatch(string pattern, string value) =>
        IsMatch(pattern, 0, value, 0, pattern.Contains('/', StringComparison.Ordinal));

    private static bool IsMatch(string pattern, int p, string value, int v, bool hasSegments)
    {
        if (p == pattern.Length)
        {
            return v == value.Length;
        }

        if (pattern[p] != '*')
        {
            return v < value.Length && value[v] == pattern[p] && IsMatch(pattern, p + 1, value, v + 1, hasSegments);
        }

        var end = p;
        while (end < pattern.Length && pattern[end] == '*')
        {
            end++;
        }

        var isMany = end - p > 1;
        var isFolders = hasSegments && isMany && (p == 0 || pattern[p - 1] == '/') && end < pattern.Length && pattern[end] == '/';
        if (isFolders && IsMatch(pattern, end + 1, value, v, hasSegments))
        {
            return true;
        }

        for (var next = v; next <= value.Length; next++)
        {
            if (IsMatch(pattern, end, value, next, hasSegments))
            {
                return true;
            }

            if (next < value.Length && value[next] == '/' && hasSegments && !isMany)
            {
                return false;
            }
        }

        return false;
    }
}
