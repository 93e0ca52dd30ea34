using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using Throttle.Core.Rules;

namespace Throttle.Api.Http.Description;

/// <summary>The API's description, <c>/openapi/v1.json</c>.</summary>
internal static partial class ApiDescription
{
    private const string TokenScheme = "adminToken";
    private const string PeerScheme = "peerToken";

    public static void AddThrottleDescription(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(_ => { });
        services.AddOpenApi("v1", options =>
        {
            options.ShouldInclude = endpoint => !HttpMethods.IsHead(endpoint.HttpMethod ?? "");
            options.AddDocumentTransformer((document, _, _) =>
            {
                Describe(document);
                return Task.CompletedTask;
            });
            options.AddOperationTransformer(CompleteAsync);
        });
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Throttle",
            Version = "v1",
            Description = "Asks whether something may be done now. Times are decimal seconds, exact to 100 ns.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        document.Components.Schemas[nameof(Schemas.Rule)] = OpenApiModelFactory.Parse<OpenApiSchema>(
            RuleFields.Schema().ToJsonString(), OpenApiSpecVersion.OpenApi3_1, document, out _)!;
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
        document.Components.SecuritySchemes[TokenScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "The token of --admin-token, or the one printed at start. A node on loopback without one needs none.",
        };
        document.Components.SecuritySchemes[PeerScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "The token of --peer-token, the same on all nodes that replicate.",
        };
    }

    private static async Task CompleteAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        AddPathParameters(operation, context.Description.RelativePath ?? "");
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<BodyDescription>().SingleOrDefault() is { } body)
        {
            await AddBodyAsync(operation, context, body, cancellationToken).ConfigureAwait(false);
        }

        var scheme = metadata.OfType<AdminOnly>().Any() ? TokenScheme : metadata.OfType<PeerOnly>().Any() ? PeerScheme : null;
        if (scheme is not null)
        {
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] },
            ];
        }

        if (string.Equals(operation.OperationId, "acquire", StringComparison.Ordinal))
        {
            AddBatch(operation, context.Document!);
        }

        AddParameters(operation, operation.OperationId ?? "");
        AnswerHeaders.AddTo(operation);
    }

    private static void AddParameters(OpenApiOperation operation, string name)
    {
        if (name is "replaceRules" or "putRule" or "deleteRule")
        {
            AddParameter(operation, "If-Match", ParameterLocation.Header, "The ETag of the version that the edit was made on.", isRequired: false);
        }

        if (name is "enqueue" or "enqueueKeyed" or "cancelWork" or "cancelWorkKeyed" or "removeFailed" or "removeFailedKeyed")
        {
            AddParameter(operation, "id", ParameterLocation.Query, "The work's name: 1 to 200 visible ASCII characters.", isRequired: true);
        }

        if (name is "showBucket" or "resetBucket" or "setFactor"
            or "enqueue" or "showQueue" or "cancelWork" or "showFailed" or "putBack" or "removeFailed")
        {
            AddParameter(operation, "key", ParameterLocation.Query, "The key, where no path can carry it, such as '..'.", isRequired: false);
        }

        if (name is "showBucket")
        {
            AddParameter(operation, "limit", ParameterLocation.Query, "Of a list: the most buckets of a page, 1 to 1000; 100 without it.", isRequired: false);
            AddParameter(operation, "after", ParameterLocation.Query, "Of a list: the next of the page before.", isRequired: false);
        }

        if (name is "showUsage")
        {
            AddParameter(operation, "rule", ParameterLocation.Query, "Only this rule.", isRequired: false);
        }

        if (name is "forwardAuth")
        {
            AddForwardAuthParameters(operation);
        }

        if (name is "demoStream")
        {
            AddDemoParameters(operation);
        }
    }

    private static void AddForwardAuthParameters(OpenApiOperation operation)
    {
        AddParameter(operation, "rule", ParameterLocation.Query, "The one rule to ask, whatever its conditions; without it all that match.", isRequired: false);
        AddParameter(operation, "encoded-slash", ParameterLocation.Query, "How the application reads %2F in a path: keep (a part of its segment), split (a slash), or refuse (400), the default.", isRequired: false);
        AddParameter(operation, "path-case", ParameterLocation.Query, "Whether /LOGIN is /login to the application: ignore, or keep, the default.", isRequired: false);
        AddParameter(operation, "last-slash", ParameterLocation.Query, "Whether /login/ is /login to the application: ignore, or keep, the default.", isRequired: false);
        AddParameter(operation, "proxy-fields", ParameterLocation.Query, "The fields by which the proxy tells of the client: x-forwarded, forwarded, or any, the default: Forwarded where there is no X-Forwarded-For, -Host and -Proto.", isRequired: false);
        AddParameter(operation, "legacy-fields", ParameterLocation.Query, "Adds X-RateLimit-Limit, -Remaining and -Reset to the answer; -Reset in seconds, or as unix-time.", isRequired: false);
        AddParameter(operation, "refuse", ParameterLocation.Query, "The status of a refusal: 429, or 403 for nginx.", isRequired: false);
        AddParameter(operation, "header", ParameterLocation.Query, "A header that becomes an attribute, under its name in lower case or, X-User:user, another one; may be there several times.", isRequired: false);
        AddParameter(operation, "attribute", ParameterLocation.Query, "An attribute, name:value; may be there several times.", isRequired: false);
    }

    private static void AddDemoParameters(OpenApiOperation operation)
    {
        AddParameter(operation, "rate", ParameterLocation.Query, "Bytes a second as a size, such as 32KiB, or a rate, such as 256KiB/s; without it there is no limit.", isRequired: false);
        AddParameter(operation, "burst", ParameterLocation.Query, "The most bytes at one instant, such as 1MiB; without it what comes in one second. Only with rate.", isRequired: false);
        AddParameter(operation, "items", ParameterLocation.Query, $"How many items, 0 to {DemoEndpoint.MaxItems}; 1000 without it.", isRequired: false);
        AddParameter(operation, "user", ParameterLocation.Query, $"Pays by the node's rules for path {DemoEndpoint.Path} and this user, a permit a byte, together with the user's other streams. Not with rate.", isRequired: false);
    }

    private static async Task AddBodyAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, BodyDescription body, CancellationToken cancellationToken)
    {
        var document = context.Document!;
        var id = body.Type.Name;
        var schema = await context.GetOrCreateSchemaAsync(body.Type, null, cancellationToken).ConfigureAwait(false);
        AllowNumbers(schema);
        document.AddComponent(id, schema);
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = body.ContentTypes.ToDictionary(
                type => type, _ => new OpenApiMediaType { Schema = new OpenApiSchemaReference(id, document) }, StringComparer.Ordinal),
        };
    }

    /// <summary>Times may be numbers or texts, and attributes also booleans, which the types of a schema's source cannot say.</summary>
    private static void AllowNumbers(OpenApiSchema schema)
    {
        foreach (var (name, property) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal))
        {
            if (name is "wait" or "at" or "advance" or "to" && property is OpenApiSchema time)
            {
                time.Type = JsonSchemaType.String | JsonSchemaType.Number;
                time.Format = null;
            }
            else if (name is "attributes" && property is OpenApiSchema attributes)
            {
                attributes.MaxProperties = ApiLimits.MaxAttributes;
                attributes.AdditionalProperties = new OpenApiSchema
                {
                    Type = JsonSchemaType.String | JsonSchemaType.Number | JsonSchemaType.Boolean,
                };
            }
        }
    }

    private static void AddPathParameters(OpenApiOperation operation, string path)
    {
        foreach (Match match in PathParameter().Matches(path))
        {
            AddParameter(operation, match.Groups["name"].Value, ParameterLocation.Path, null, isRequired: true);
        }
    }

    private static void AddParameter(
        OpenApiOperation operation, string name, ParameterLocation location, string? description, bool isRequired)
    {
        operation.Parameters ??= [];
        if (!operation.Parameters.Any(p => string.Equals(p.Name, name, StringComparison.Ordinal)))
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = location,
                Description = description,
                Required = isRequired,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }
    }

    /// <summary>One request or an array of them, and one answer or an array of them.</summary>
    private static void AddBatch(OpenApiOperation operation, OpenApiDocument document)
    {
        if (operation.RequestBody?.Content is { } request && request.TryGetValue("application/json", out var body))
        {
            body.Schema = OneOrMany(body.Schema!, body.Schema!);
        }

        if (operation.Responses?["200"].Content is { } answer && answer.TryGetValue("application/json", out var content))
        {
            content.Schema = OneOrMany(content.Schema!, new OpenApiSchema { OneOf = [content.Schema!, Faulty(document)] });
        }
    }

    private static OpenApiSchema Faulty(OpenApiDocument document) => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string>(StringComparer.Ordinal) { "error" },
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["error"] = new OpenApiSchemaReference(nameof(Schemas.Problem), document),
        },
    };

    private static OpenApiSchema OneOrMany(IOpenApiSchema one, IOpenApiSchema item) => new()
    {
        OneOf =
        [
            one,
            new OpenApiSchema { Type = JsonSchemaType.Array, Items = item, MaxItems = ApiLimits.MaxBatch },
        ],
    };

    [GeneratedRegex(@"\{\**(?<name>[a-z]+)\}", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex PathParameter();
}
