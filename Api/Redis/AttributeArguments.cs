using System.Text;
using Throttle.Api.Clocks;
using Throttle.Api.Http;
using Throttle.Core;
using Throttle.Core.Limiters;

namespace Throttle.Api.Redis;

/// <summary>
/// <c>ATTR name value [name value …] [COST n] [WAIT ms] [AT seconds]</c>: a request by attributes. After <c>ATTR</c> comes a name
/// whatever it looks like, so that attributes called cost or wait can be given too: <c>ATTR user 42 ATTR cost 7</c>.
/// </summary>
internal readonly record struct AttributeArguments(ThrottleRequest Request, DateTimeOffset? At)
{
    /// <summary>Whether the arguments from here on are such, rather than a rule and a key.</summary>
    public static bool AreNamed(RespParser arguments) => Ascii.EqualsIgnoreCase(arguments[1], "ATTR"u8);

    /// <summary>Reads them, and holds them to the limits of the HTTP front.</summary>
    /// <param name="arguments">A command whose second argument is <c>ATTR</c>.</param>
    /// <param name="mayWait">Whether it takes <c>WAIT</c>.</param>
    /// <param name="mayBePast">Whether it takes <c>AT</c>.</param>
    /// <exception cref="RedisException">They are not, or out of range.</exception>
    public static AttributeArguments Read(RespParser arguments, bool mayWait, bool mayBePast)
    {
        var items = new List<(string Name, string Value)>();
        var read = new AttributeArguments(new ThrottleRequest(default), null);
        var isName = false;
        for (var i = 1; i < arguments.Count;)
        {
            if (!isName && Ascii.EqualsIgnoreCase(arguments[i], "ATTR"u8))
            {
                (isName, i) = (true, i + 1);
                continue;
            }

            if (i + 1 == arguments.Count)
            {
                throw new RedisException($"ERR syntax error: '{RedisText.Shown(arguments[i])}' has no value.");
            }

            if (isName || !read.TryOption(arguments[i], arguments[i + 1], mayWait, mayBePast, out read))
            {
                Add(items, arguments[i], arguments[i + 1]);
            }

            (isName, i) = (false, i + 2);
        }

        var attributes = AttributesBuilder.Create(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(items));
        return !isName ? read with { Request = read.Request with { Attributes = attributes } }
            : throw new RedisException("ERR syntax error: ATTR has no name and value.");
    }

    private bool TryOption(
        ReadOnlySpan<byte> word, ReadOnlySpan<byte> value, bool mayWait, bool mayBePast, out AttributeArguments read)
    {
        read = this;
        if (Ascii.EqualsIgnoreCase(word, "COST"u8))
        {
            read = this with { Request = Request with { Cost = RedisNumber.Read(value, "COST", 0, Limits.MaxPermits) } };
        }
        else if (mayWait && Ascii.EqualsIgnoreCase(word, "WAIT"u8))
        {
            var wait = RedisNumber.Read(value, "WAIT", 0, (long)ApiLimits.MaxWait.TotalMilliseconds);
            read = this with { Request = Request with { MaxWait = TimeSpan.FromMilliseconds(wait) } };
        }
        else if (mayBePast && Ascii.EqualsIgnoreCase(word, "AT"u8))
        {
            read = this with { At = ReadInstant(value) };
        }
        else
        {
            return false;
        }

        return true;
    }

    private static DateTimeOffset ReadInstant(ReadOnlySpan<byte> value) => DecimalSeconds.TryParse(value, out var at)
        ? new DateTimeOffset(at, TimeSpan.Zero)
        : throw new RedisException($"ERR AT is '{RedisText.Shown(value)}'; use the at of an answer, seconds since 1970.");

    private static void Add(List<(string Name, string Value)> items, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var text = RedisText.Of(name, "attribute name");
        if (text.Length is 0 or > ApiLimits.MaxNameLength)
        {
            throw new RedisException($"ERR An attribute's name has {text.Length} characters; use 1 to {ApiLimits.MaxNameLength}.");
        }

        if (items.Count == ApiLimits.MaxAttributes)
        {
            throw new RedisException($"ERR There are more than {ApiLimits.MaxAttributes} attributes; use 1 to {ApiLimits.MaxAttributes}.");
        }

        if (items.Exists(item => string.Equals(item.Name, text, StringComparison.Ordinal)))
        {
            throw new RedisException($"ERR Attribute '{RedisText.Shown(name)}' is given twice; give it once.");
        }

        if (value.Length > ApiLimits.MaxValueBytes)
        {
            throw new RedisException(
                $"ERR Attribute '{RedisText.Shown(name)}' is {value.Length} bytes long; use 0 to {ApiLimits.MaxValueBytes}.");
        }

        items.Add((text, RedisText.Of(value, "attribute value")));
    }
}
