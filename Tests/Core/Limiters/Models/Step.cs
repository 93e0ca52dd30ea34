using FsCheck;
using FsCheck.Fluent;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>One random thing that happens to a bucket; the numbers are shares, given a meaning by the limiter's own scale.</summary>
/// <param name="Kind">0 to 99: what happens.</param>
/// <param name="Pace">0 to 99: how time passes before it.</param>
/// <param name="Time">0 to 1,000: how much of that.</param>
/// <param name="Cost">0 to 110, in hundredths of the limit.</param>
/// <param name="Wait">0 to 1,000: how long the caller waits.</param>
internal readonly record struct Step(int Kind, int Pace, int Time, int Cost, int Wait)
{
    // Any large odd number: how far apart the seeds of one run lie. With a small one, runs of near seeds would overlap.
    private const ulong Gamma = 0x9E37_79B9_7F4A_7C15;

    /// <summary>Sequences of steps, with the number of a case to try them on; shrunk by leaving steps out.</summary>
    public static Arbitrary<(int Case, Step[] Steps)> Sequences(int cases, int longest = 60)
    {
        var step = from kind in Gen.Choose(0, 99)
                   from pace in Gen.Choose(0, 99)
                   from time in Gen.Choose(0, 1_000)
                   from cost in Gen.Choose(0, 110)
                   from wait in Gen.Choose(0, 1_000)
                   select new Step(kind, pace, time, cost, wait);
        var sequences = from number in Gen.Choose(0, cases - 1)
                        from length in Gen.Choose(1, longest)
                        from steps in Gen.ArrayOf(step, length)
                        select (number, steps);
        return Arb.From(sequences, Shorter);
    }

    /// <summary>Runs a property over random sequences; a failure prints what to replay, and the shortest sequence that fails.</summary>
    public static void Check(ulong seed, int count, Arbitrary<(int Case, Step[] Steps)> sequences, Action<int, Step[]> property)
    {
        var replay = Microsoft.FSharp.Core.FSharpOption<Replay>.Some(
            new Replay(new Rnd(seed, Gamma), Microsoft.FSharp.Core.FSharpOption<int>.None));
        var config = Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(replay).WithQuietOnSuccess(true);
        FsCheck.Check.One(config, Prop.ForAll(sequences, drawn => property(drawn.Case, drawn.Steps)));
    }

    public override string ToString() => $"new({Kind}, {Pace}, {Time}, {Cost}, {Wait})";

    private static IEnumerable<(int Case, Step[] Steps)> Shorter((int Case, Step[] Steps) drawn)
    {
        for (var size = drawn.Steps.Length / 2; size > 0; size /= 2)
        {
            for (var from = 0; from + size <= drawn.Steps.Length; from += size)
            {
                yield return (drawn.Case, [.. drawn.Steps[..from], .. drawn.Steps[(from + size)..]]);
            }
        }
    }
}
