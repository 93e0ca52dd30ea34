using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Api.Http;

/// <summary>Turns what <see cref="IThrottle"/> throws for misuse, and only that, into problems of the caller's.</summary>
internal static class Misuse
{
    public static async ValueTask<T> CatchAsync<T>(
        Func<ThrottleRequest, CancellationToken, ValueTask<T>> ask,
        ThrottleRequest request,
        string path,
        CancellationToken cancellationToken)
    {
        try
        {
            return await ask(request, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException e) when (e is not ArgumentNullException)
        {
            throw new ApiProblemException(ProblemOf(e, path));
        }
    }

    /// <summary>The problem that a misuse is.</summary>
    /// <param name="e">What the throttle threw.</param>
    /// <param name="path">What the request's fields are named under: empty, or a batch's item such as <c>[3].</c></param>
    public static ApiProblem ProblemOf(ArgumentException e, string path) => e is UnknownRuleException
        ? ApiProblem.Misuse(e, At(path)) with { Code = "no-such-rule", Field = path + "rule" }
        : ApiProblem.Misuse(e, At(path)) with { Field = path + "attributes" };

    /// <summary>A batch's item, as a sentence begins with it.</summary>
    private static string At(string path) => path.Length == 0 ? "" : path[..^1] + ": ";
}
