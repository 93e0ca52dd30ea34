namespace Throttle.Api.Http;

/// <summary>Ends a request with a problem; it never leaves this assembly.</summary>
internal sealed class ApiProblemException(ApiProblem problem) : Exception(problem.Detail)
{
    public ApiProblemException(int status, string code, string detail)
        : this(new ApiProblem(status, code, detail))
    {
    }

    public ApiProblem Problem { get; } = problem;
}
