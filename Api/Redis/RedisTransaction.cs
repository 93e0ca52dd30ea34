using System.Buffers;
using System.Globalization;

namespace Throttle.Api.Redis;

/// <summary>The commands that came after <c>MULTI</c>, as the bytes that the protocol has for them, until <c>EXEC</c> or <c>DISCARD</c>.</summary>
internal sealed class RedisTransaction(RedisFront front)
{
    private const int MaxHead = 16;

    private readonly ArrayBufferWriter<byte> _commands = new();
    private int _held;

    /// <summary>How many commands it has.</summary>
    public int Count { get; private set; }

    /// <summary>Whether a command could not be queued, so that none of them will be done.</summary>
    public bool IsAborted { get; private set; }

    /// <summary>The commands, one after the other.</summary>
    public ReadOnlyMemory<byte> Commands => _commands.WrittenMemory;

    /// <summary>Gives up: none of the commands will be done, and those that follow are not kept.</summary>
    public void Abort()
    {
        IsAborted = true;
        Clear();
    }

    /// <summary>Adds a command.</summary>
    /// <returns>Why it cannot be, or null.</returns>
    public string? TryAdd(RespParser command)
    {
        if (IsAborted)
        {
            return null;
        }

        var size = MaxHead;
        for (var i = 0; i < command.Count; i++)
        {
            size += command[i].Length + MaxHead;
        }

        if (Count == RespLimits.MaxTransactionCommands || _held + size > RespLimits.MaxTransactionBytes)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"ERR the transaction is too large: at most {RespLimits.MaxTransactionCommands} commands and {RespLimits.MaxTransactionBytes} bytes; send fewer at once.");
        }

        if (!front.TryHold(size))
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"ERR all transactions together hold {RespLimits.MaxHeldBytes} bytes, the most that they may; try again later.");
        }

        _held += size;
        Count++;
        Write(command);
        return null;
    }

    /// <summary>Forgets the commands.</summary>
    public void Clear()
    {
        front.LetGo(_held);
        (_held, Count) = (0, 0);
        _commands.Clear();
    }

    private void Write(RespParser command)
    {
        Head((byte)'*', command.Count);
        for (var i = 0; i < command.Count; i++)
        {
            Head((byte)'$', command[i].Length);
            _commands.Write(command[i]);
            _commands.Write("\r\n"u8);
        }
    }

    private void Head(byte mark, int value)
    {
        var span = _commands.GetSpan(MaxHead);
        span[0] = mark;
        value.TryFormat(span[1..], out var length, provider: CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(span[(length + 1)..]);
        _commands.Advance(length + 3);
    }
}
