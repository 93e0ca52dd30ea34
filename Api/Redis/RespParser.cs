using System.Diagnostics;

namespace Throttle.Api.Redis;

/// <summary>
/// Reads commands, as arrays of bulk strings or inline, out of bytes that come in pieces of any size. No byte is looked at twice:
/// what a piece ends with is remembered, and memory grows with what has come, not with what was announced.
/// </summary>
/// <remarks>
/// A command's arguments are good until the next <see cref="Read"/> or <see cref="Release"/>. After an error there is no going on. Source: the protocol
/// description at redis.io, and networking.c and sds.c of Redis 7 for errors and inline commands. Stricter than those in two things:
/// lengths and bodies must end in CR LF, and a line that begins with a control byte, or with one beyond ASCII, is of another protocol.
/// </remarks>
internal sealed partial class RespParser
{
    private const int MinBytes = 256;
    private const int MaxKeptBytes = 8 * 1024;
    private const int MinArguments = 8;

    // Of a length; more is out of every range.
    private const int MaxDigits = 10;

    private State _state = State.Start;
    private byte[] _bytes = new byte[MinBytes];
    private int _length;
    private int[] _ends = new int[MinArguments];
    private int _expected;
    private int _bodyLeft;

    // The number in the line that is being read.
    private long _number;
    private int _digits;
    private bool _isNegative;
    private bool _hasReturn;

    private enum State : byte
    {
        Start,
        Inline,
        CountLine,
        LengthMark,
        LengthLine,
        Body,
        BodyReturn,
        BodyNewline,
        Complete,
        Failed,
    }

    /// <summary>How many arguments the command has, its name included; 1 or more.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the command was a line of text.</summary>
    public bool IsInline { get; private set; }

    /// <summary>Whether a command has begun and is not complete.</summary>
    public bool IsWithinCommand => _state is not (State.Start or State.Complete);

    /// <summary>How many bytes it keeps room for.</summary>
    public int Capacity => _bytes.Length + (_ends.Length * sizeof(int));

    /// <summary>Whether what is wrong is that another protocol is spoken, such as TLS.</summary>
    public bool IsOtherProtocol { get; private set; }

    /// <summary>What is wrong, in Redis' words where it has any; null while nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>An argument, from 0, which is the command's name.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            Debug.Assert((uint)index < (uint)Count, "An argument that the command has.");
            var start = index == 0 ? 0 : _ends[index - 1];
            return _bytes.AsSpan(start, _ends[index] - start);
        }
    }

    /// <summary>Reads on.</summary>
    /// <param name="input">What follows what was taken before.</param>
    /// <param name="taken">How much of it was taken.</param>
    public RespResult Read(ReadOnlySpan<byte> input, out int taken)
    {
        if (_state == State.Complete)
        {
            Begin();
        }

        taken = 0;
        while (taken < input.Length && _state is not (State.Complete or State.Failed))
        {
            Step(input, ref taken);
        }

        return _state switch
        {
            State.Complete => RespResult.Command,
            State.Failed => RespResult.Error,
            _ => RespResult.NeedsMore,
        };
    }

    /// <summary>Gives up the room that a large command took, where none is under way; no argument is good after it.</summary>
    public void Release()
    {
        if (!IsWithinCommand)
        {
            Begin();
        }
    }

    private void Step(ReadOnlySpan<byte> input, ref int taken)
    {
        switch (_state)
        {
            case State.Start:
                if (BeginsNoCommand(input[taken]))
                {
                    IsOtherProtocol = true;
                    Fail("unexpected first byte");
                    break;
                }

                IsInline = input[taken] != (byte)'*';
                taken += IsInline ? 0 : 1;
                Expect(IsInline ? State.Inline : State.CountLine);
                break;
            case State.Inline:
                ReadInline(input, ref taken);
                break;
            case State.CountLine:
                ReadCount(input, ref taken);
                break;
            case State.LengthMark:
                ReadMark(input[taken++]);
                break;
            case State.LengthLine:
                ReadLength(input, ref taken);
                break;
            case State.Body:
                ReadBody(input, ref taken);
                break;
            default:
                ReadBodyEnd(input[taken++]);
                break;
        }
    }

    private void Begin()
    {
        (Count, _length, _state) = (0, 0, State.Start);
        if (_bytes.Length > MaxKeptBytes)
        {
            _bytes = new byte[MinBytes];
        }

        if (_ends.Length > MinArguments * 8)
        {
            _ends = new int[MinArguments];
        }
    }

    private void Expect(State state)
    {
        (_number, _digits, _isNegative, _hasReturn) = (0, 0, false, false);
        _state = state;
    }

    private void Fail(string fault)
    {
        Fault = "Protocol error: " + fault;
        _state = State.Failed;
    }

    private void ReadCount(ReadOnlySpan<byte> input, ref int taken)
    {
        if (!TryReadNumber(input, ref taken, out var isRead) || (isRead && _number > RespLimits.MaxArguments))
        {
            Fail("invalid multibulk length");
        }
        else if (isRead)
        {
            // Of none or fewer there is nothing to do, as in Redis.
            _expected = (int)Math.Max(0, _number);
            Expect(_expected == 0 ? State.Start : State.LengthMark);
        }
    }

    private void ReadMark(byte mark)
    {
        if (mark == (byte)'$')
        {
            Expect(State.LengthLine);
        }
        else
        {
            Fail($"expected '$', got '{(mark is > (byte)' ' and < 127 ? (char)mark : ' ')}'");
        }
    }

    private void ReadLength(ReadOnlySpan<byte> input, ref int taken)
    {
        if (!TryReadNumber(input, ref taken, out var isRead) || (isRead && _number is < 0 or > RespLimits.MaxArgumentBytes))
        {
            Fail("invalid bulk length");
        }
        else if (isRead && _length + _number > RespLimits.MaxCommandBytes)
        {
            Fail("too big multibulk request");
        }
        else if (isRead)
        {
            _bodyLeft = (int)_number;
            Expect(_bodyLeft == 0 ? State.BodyReturn : State.Body);
        }
    }

    private void ReadBody(ReadOnlySpan<byte> input, ref int taken)
    {
        var piece = input.Slice(taken, Math.Min(_bodyLeft, input.Length - taken));
        Append(piece);
        taken += piece.Length;
        _bodyLeft -= piece.Length;
        if (_bodyLeft == 0)
        {
            _state = State.BodyReturn;
        }
    }

    private void ReadBodyEnd(byte next)
    {
        if (next != (_state == State.BodyReturn ? (byte)'\r' : (byte)'\n'))
        {
            Fail("expected CRLF after a bulk string");
        }
        else if (_state == State.BodyReturn)
        {
            _state = State.BodyNewline;
        }
        else
        {
            EndArgument();
            _state = Count == _expected ? State.Complete : State.LengthMark;
        }
    }

    /// <summary>Reads on in a line that is a whole number, written without needless signs and zeros.</summary>
    /// <returns>False where it is not.</returns>
    private bool TryReadNumber(ReadOnlySpan<byte> input, ref int taken, out bool isRead)
    {
        isRead = false;
        while (taken < input.Length)
        {
            var next = input[taken++];
            if (next == (byte)'\n' && _hasReturn)
            {
                isRead = true;
                _number = _isNegative ? -_number : _number;
                return true;
            }

            if (_hasReturn || !TryAdd(next))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryAdd(byte next)
    {
        if (next is >= (byte)'0' and <= (byte)'9')
        {
            var isNeedless = _number == 0 && (_digits > 0 || (_isNegative && next == (byte)'0'));
            _number = (_number * 10) + (next - (byte)'0');
            return ++_digits <= MaxDigits && !isNeedless;
        }

        if (next == (byte)'\r')
        {
            _hasReturn = true;
            return _digits > 0;
        }

        var isSign = next == (byte)'-' && _digits == 0 && !_isNegative;
        _isNegative |= isSign;
        return isSign;
    }

    private void Append(ReadOnlySpan<byte> piece)
    {
        if (_bytes.Length - _length < piece.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + piece.Length));
        }

        piece.CopyTo(_bytes.AsSpan(_length));
        _length += piece.Length;
    }

    private void EndArgument()
    {
        if (Count == _ends.Length)
        {
            Array.Resize(ref _ends, Count * 2);
        }

        _ends[Count++] = _length;
    }
}
