using System.CommandLine;
using Throttle.Api.Hosting;

namespace Throttle.Cli;

/// <summary>The options for the admin token: itself, or a file with it. Without them it is that of the variable THROTTLE_ADMIN_TOKEN.</summary>
internal sealed class TokenArguments
{
    /// <summary>The variable.</summary>
    public const string Variable = "THROTTLE_ADMIN_TOKEN";

    private readonly Option<string?> _token;
    private readonly Option<string?> _file;

    /// <summary>Options of which the first says this.</summary>
    public TokenArguments(string description)
    {
        _token = new Option<string?>("--admin-token") { Description = $"{description} Better give it by {Variable} or a file: lists of processes show it here.", HelpName = "TOKEN" };
        _file = new Option<string?>("--admin-token-file") { Description = "A file with that token.", HelpName = "FILE" };
    }

    /// <summary>Adds them; both are an error.</summary>
    public void AddTo(Command command)
    {
        command.Add(_token);
        command.Add(_file);
        CommonOptions.RejectBoth(command, _token, _file);
    }

    /// <summary>The file; null where none was named.</summary>
    public string? File(ParseResult result) => result.GetValue(_file);

    /// <summary>The token as it was given, or that of the variable; null where there is neither, or where a file was named.</summary>
    public string? Given(ParseResult result, Terminal terminal) => File(result) is not null ? null
        : result.GetValue(_token) ?? (terminal.Variable(Variable) is { Length: > 0 } variable ? variable : null);

    /// <summary>The token from wherever it was given; null where it was not.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ArgumentException">The file holds no token.</exception>
    public string? Read(ParseResult result, Terminal terminal) => File(result) is { } file ? AdminTokenFile.Read(file) : Given(result, terminal);
}
