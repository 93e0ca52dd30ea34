using Microsoft.OpenApi;

namespace Throttle.Api.Http.Description;

/// <summary>The header fields that answers carry, for the API's description.</summary>
internal static class AnswerHeaders
{
    /// <summary>Adds the fields of the operation's answers, if it has any.</summary>
    public static void AddTo(OpenApiOperation operation)
    {
        switch (operation.OperationId)
        {
            case "acquire" or "forwardAuth":
                foreach (var status in (ReadOnlySpan<string>)["200", "403", "429"])
                {
                    Add(operation, status, "RateLimit-Policy", "Enforced rules that matched, the decisive one and up to 15 others: the quota q, and in how many seconds w that much comes back. Not for a batch.");
                    Add(operation, status, "RateLimit", "The same rules: what remains r, and in how many seconds t there is more. Not for a batch.");
                }

                Add(operation, "429", "Retry-After", "Whole seconds, rounded up, at least 1. Left out when the cost never fits.");
                break;
            case "enqueue" or "enqueueKeyed":
                Add(operation, "429", "Retry-After", "Whole seconds, rounded up, at least 1.");
                break;
            case "showRules" or "showRule" or "replaceRules" or "putRule" or "deleteRule":
                Add(operation, "200", "ETag", "The version of the rules, for If-Match.");
                Add(operation, "201", "ETag", "The version of the rules, for If-Match.");
                if (operation.OperationId is "replaceRules" or "putRule" or "deleteRule")
                {
                    Add(operation, "200", "Rule-File-Kept", "The name of the old rule file beside the new one, where its comments could not be kept.");
                    Add(operation, "201", "Rule-File-Kept", "The name of the old rule file beside the new one, where its comments could not be kept.");
                }

                break;
        }
    }

    private static void Add(OpenApiOperation operation, string status, string name, string description)
    {
        if (operation.Responses?.TryGetValue(status, out var found) == true && found is OpenApiResponse response)
        {
            response.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.OrdinalIgnoreCase);
            response.Headers[name] = new OpenApiHeader
            {
                Description = description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            };
        }
    }
}
