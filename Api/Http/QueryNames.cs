using Microsoft.AspNetCore.Http;

namespace Throttle.Api.Http;

/// <summary>Holds queries to the names that an endpoint knows: an unknown or repeated one is an error that names it.</summary>
internal static class QueryNames
{
    /// <summary>Fails unless each name of the query is known and there once.</summary>
    public static void Check(IQueryCollection query, ReadOnlySpan<string> names)
    {
        foreach (var (name, values) in query)
        {
            if (!names.Contains(name, StringComparer.Ordinal))
            {
                throw Unknown(ApiProblem.Shorten(name), names);
            }

            if (values.Count > 1)
            {
                throw new ApiProblemException(
                    new ApiProblem(400, "repeated-field", $"{name} is given twice; give it once.") { Field = name });
            }
        }
    }

    private static ApiProblemException Unknown(string name, ReadOnlySpan<string> names)
    {
        var known = string.Join(", ", names!);
        return new ApiProblemException(new ApiProblem(
            400, "unknown-field", $"{name} in the query is not known; {(names.IsEmpty ? "this takes no query" : $"use {known}")}.")
        {
            Field = name,
            Allowed = names.IsEmpty ? null : known,
        });
    }
}
