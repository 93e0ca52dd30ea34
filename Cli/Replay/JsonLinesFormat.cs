using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Throttle.Api.Clocks;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Cli.Replay;

/// <summary>
/// JSON lines: <c>{"at": 12.5, "attributes": {"user": "42"}, "cost": 1, "op": "acquire", "wait": "2s"}</c>. Only <c>at</c> and
/// <c>attributes</c> are required. <c>at</c> is decimal seconds since 1970 or an ISO 8601 time.
/// </summary>
internal sealed class JsonLinesFormat : IReplayFormat
{
    private const string Fields = "at, attributes, cost, op, wait";

    /// <inheritdoc/>
    public string Name => ReplayFormats.JsonLines;

    /// <inheritdoc/>
    public bool TryReadInstant(ReadOnlySpan<byte> line, out long at, [NotNullWhen(false)] out string? fault)
    {
        at = 0;
        fault = null;
        try
        {
            at = Read(line).At;
            return true;
        }
        catch (JsonLineException e)
        {
            fault = e.Message;
        }
        catch (JsonException e)
        {
            fault = string.Create(CultureInfo.InvariantCulture, $"not JSON, from byte {(e.BytePositionInLine ?? 0) + 1} on");
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for text that is no Unicode, such as half a surrogate pair.
            fault = "text that is not valid Unicode";
        }

        return false;
    }

    /// <inheritdoc/>
    public ReplayEntry Read(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonLineException("not a JSON object");
        }

        var entry = new EntryBuilder();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            entry.ReadField(ref reader);
        }

        // What follows the object is an error of the reader.
        reader.Read();
        return entry.Build();
    }

    private struct EntryBuilder
    {
        private long? _at;
        private Attributes? _attributes;
        private long? _cost;
        private ReplayOp? _op;
        private long? _waitTicks;

        public void ReadField(ref Utf8JsonReader reader)
        {
            var name = reader.GetString()!;
            reader.Read();
            switch (name)
            {
                case "at":
                    Set(ref _at, name, ReadAt(ref reader));
                    break;
                case "attributes":
                    Set(ref _attributes, name, ReadAttributes(ref reader));
                    break;
                case "cost":
                    Set(ref _cost, name, ReadCost(ref reader));
                    break;
                case "op":
                    Set(ref _op, name, ReadOp(ref reader));
                    break;
                case "wait":
                    Set(ref _waitTicks, name, ReadWait(ref reader));
                    break;
                default:
                    throw new JsonLineException($"the field '{LineText.Excerpt(Encoding.UTF8.GetBytes(name))}' is not known; use {Fields}");
            }
        }

        public readonly ReplayEntry Build()
        {
            if (_at is not { } at)
            {
                throw new JsonLineException("'at' is missing");
            }

            if (_attributes is not { } attributes)
            {
                throw new JsonLineException("'attributes' is missing");
            }

            return new ReplayEntry(
                at, _op ?? ReplayOp.Acquire, new ThrottleRequest(attributes, _cost ?? 1, new TimeSpan(_waitTicks ?? 0)));
        }

        private static void Set<T>(ref T? field, string name, T value)
            where T : struct
        {
            if (field is not null)
            {
                throw new JsonLineException($"'{name}' is given twice");
            }

            field = value;
        }

        private static long ReadAt(ref Utf8JsonReader reader)
        {
            var isRead = reader.TokenType switch
            {
                JsonTokenType.Number => DecimalSeconds.TryParse(reader.ValueSpan, out var at) ? at : -1,
                JsonTokenType.String => IsoTime.TryParse(reader.ValueSpan, out var at) ? at : -1,
                _ => -1,
            };
            return isRead >= 0
                ? isRead
                : throw Invalid(ref reader, "at", "decimal seconds since 1970 or an ISO time, in the years 1 to 9999");
        }

        private static Attributes ReadAttributes(ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw Invalid(ref reader, "attributes", "an object of names and values");
            }

            var items = new List<(string Name, string Value)>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var name = reader.GetString()!;
                if (items.Exists(item => string.Equals(item.Name, name, StringComparison.Ordinal)))
                {
                    throw new JsonLineException($"attributes.{name} is given twice");
                }

                reader.Read();
                items.Add((name, ReadValue(ref reader, name)));
            }

            return AttributesBuilder.Create(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(items));
        }

        private static string ReadValue(ref Utf8JsonReader reader, string name) => reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => throw Invalid(ref reader, $"attributes.{name}", "a text, a number, true or false"),
        };

        /// <summary>1.0 and 1e3 are whole numbers too.</summary>
        private static long ReadCost(ref Utf8JsonReader reader) =>
            reader.TokenType == JsonTokenType.Number
            && reader.TryGetDecimal(out var cost)
            && cost is >= 0 and <= Limits.MaxPermits
            && cost == decimal.Truncate(cost)
                ? (long)cost
                : throw Invalid(ref reader, "cost", $"a whole number from 0 to {Limits.MaxPermits}");

        private static ReplayOp ReadOp(ref Utf8JsonReader reader) =>
            reader.TokenType != JsonTokenType.String ? throw Invalid(ref reader, "op", "acquire, peek or return")
            : reader.ValueTextEquals("acquire"u8) ? ReplayOp.Acquire
            : reader.ValueTextEquals("peek"u8) ? ReplayOp.Peek
            : reader.ValueTextEquals("return"u8) ? ReplayOp.Return
            : throw Invalid(ref reader, "op", "acquire, peek or return");

        /// <summary>A text with a unit, or decimal seconds, of which parts of a tick are cut off: nobody waits longer than asked.</summary>
        private static long ReadWait(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.String
                    when Durations.TryParse(reader.GetString(), out var ticks, out _, maxTicks: Limits.MaxPeriodTicks):
                    return ticks;
                case JsonTokenType.Number
                    when reader.TryGetDecimal(out var seconds) && seconds >= 0 && seconds <= Ticks.ToSeconds(Limits.MaxPeriodTicks):
                    return (long)decimal.Floor(seconds * Ticks.PerSecond);
                default:
                    throw Invalid(ref reader, "wait", "a duration such as 250ms, 2s or 1m, or decimal seconds, 0 to 400 days");
            }
        }

        private static JsonLineException Invalid(ref Utf8JsonReader reader, string field, string allowed)
        {
            var value = reader.TokenType switch
            {
                JsonTokenType.StartObject => "an object",
                JsonTokenType.StartArray => "an array",
                JsonTokenType.String => $"'{LineText.Excerpt(reader.ValueSpan)}'",
                _ => LineText.Excerpt(reader.ValueSpan),
            };
            return new JsonLineException($"{field} is {value}; use {allowed}");
        }
    }
}
