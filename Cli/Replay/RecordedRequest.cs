using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Throttle.AspNetCore.Requests;
using Throttle.Core;

namespace Throttle.Cli.Replay;

/// <summary>Puts a request together from the fields of a line, in the normal form that every front gives its parts.</summary>
/// <param name="form">How the application reads paths.</param>
internal sealed class RecordedRequest(RequestForm form)
{
    private readonly List<(string Name, string Value)> _items = new(10);
    private long? _at;
    private long? _roughAt;
    private string? _decodedPath;
    private string? _pathFault;
    private bool _hasRequest;

    /// <summary>Whether the instant and the request line, or the method, have been added, so that the rest of the line may be missing.</summary>
    public bool IsTold => At is not null && _hasRequest;

    /// <summary>The instant in ticks; null when no field has told it.</summary>
    public long? At
    {
        get => _at ?? _roughAt;
        set => _at = value;
    }

    /// <summary>Adds a field. Where two become the same attribute, the first one counts. A dash, or nothing, is no value.</summary>
    /// <param name="field">What becomes of it.</param>
    /// <param name="value">What the recording has, without escapes.</param>
    /// <param name="fault">What is wrong with the value.</param>
    public bool TryAdd(LogField field, string value, [NotNullWhen(false)] out string? fault)
    {
        _hasRequest |= field.Kind is PartKind.Line or PartKind.Method;
        var isMissing = value is "-" or "" or "\"\"";
        fault = field.Kind switch
        {
            PartKind.Bytes => Add(field.Attribute, isMissing ? "0" : value),
            _ when isMissing => null,
            PartKind.At => SetInstant(ref _at, value),
            PartKind.RoughAt => SetInstant(ref _roughAt, value),
            PartKind.Ip => AddClient(field.Attribute, value),
            PartKind.Host => Add(field.Attribute, NormalForm.HostOf(value)),
            PartKind.Method => Add(field.Attribute, NormalForm.MethodOf(value)),
            PartKind.Target => AddTarget(value),
            PartKind.DecodedPath => SetDecodedPath(value),
            PartKind.Line => AddLine(value),
            _ => Add(field.Attribute, value),
        };
        return fault is null;
    }

    /// <summary>The request, whose instant has been added.</summary>
    /// <param name="isCutOff">Whether the line ends before its format does.</param>
    public ReplayEntry ToEntry(bool isCutOff)
    {
        Add(AttributeNames.Path, _decodedPath);
        var at = At ?? throw new InvalidOperationException("No field has told the instant.");
        var attributes = AttributesBuilder.Create(CollectionsMarshal.AsSpan(_items)).Ignoring(form.Ignored).BoundInKeys();
        return new ReplayEntry(at, ReplayOp.Acquire, new ThrottleRequest(attributes))
        {
            IsCutOff = isCutOff,
            PathFault = _pathFault,
        };
    }

    private static string? SetInstant(ref long? instant, string value)
    {
        if (instant is null && RecordedTime.TryParse(value, out var at))
        {
            instant = at;
        }

        return instant is null ? $"'{LineText.Excerpt(value)}' is no time; use {RecordedTime.Forms}" : null;
    }

    private string? SetDecodedPath(string value)
    {
        _decodedPath ??= value.StartsWith('/') ? NormalForm.PathOf(new PathString(value)) : null;
        return null;
    }

    /// <summary>A server that looks names up writes a name instead of an address.</summary>
    private string? AddClient(string attribute, string value) =>
        NormalForm.TryEndPoint(value, out var address) ? Add(attribute, address.ToString())
        : HostName.IsValid(value) ? Add(attribute, value)
        : $"the client is '{LineText.Excerpt(value)}', which is neither an address nor a name";

    private string? AddLine(string value)
    {
        if (!RequestLine.TrySplit(value, out var method, out var target))
        {
            return null;
        }

        Add(AttributeNames.Method, method);
        return AddTarget(target);
    }

    private string? AddTarget(string target)
    {
        if (!NormalForm.TryPath(target, form.EncodedSlash, out var path, out var fault))
        {
            _pathFault ??= $"the path is '{LineText.Excerpt(target)}', which {fault}";
            path = ApplicationPath(WithoutHostAndQuery(target));
        }

        Add(AttributeNames.Path, path);
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        if (mark >= 0 && mark < target.Length - 1)
        {
            Add("query", target[(mark + 1)..]);
        }

        return target.StartsWith('/') || !Uri.TryCreate(target, UriKind.Absolute, out var url)
            ? null
            : Add(AttributeNames.Host, NormalForm.HostOf(url.Authority));
    }

    /// <summary>What ASP.NET Core sees. Its server refuses an encoded null, so that the path stays as it is written.</summary>
    private static string ApplicationPath(string written) =>
        written.Contains("%00", StringComparison.Ordinal) ? written : NormalForm.PathOf(PathString.FromUriComponent(written));

    private static string WithoutHostAndQuery(string target)
    {
        var end = target.AsSpan().IndexOfAny('?', '#');
        var written = end < 0 ? target : target[..end];
        if (written.StartsWith('/'))
        {
            return written;
        }

        var host = written.IndexOf("://", StringComparison.Ordinal) + "://".Length;
        var start = written.IndexOf('/', host);
        return start < 0 ? "/" : written[start..];
    }

    private string? Add(string name, string? value)
    {
        if (value is not null && !_items.Exists(item => string.Equals(item.Name, name, StringComparison.Ordinal)))
        {
            _items.Add((name, value));
        }

        return null;
    }
}
