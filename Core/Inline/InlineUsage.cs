using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Usage;

namespace Throttle.Core.Inline;

/// <summary>Counts what spaces answer beside what rules do. Giving back is counted as that; looking and forgetting are not counted.</summary>
internal sealed class InlineUsage(UsageMeter meter)
{
    private readonly ConcurrentDictionary<string, Known> _spaces = new(StringComparer.Ordinal);
    private volatile Known? _last;

    /// <summary>Counts an answer.</summary>
    public void Count(in InlineCall call, in LimiterDecision decision)
    {
        if (call.IsDecision)
        {
            CellOf(call.Space)?.Count(decision.IsAllowed ? UsageOutcome.Allowed : UsageOutcome.Refused, decision.Grant.Permits);
        }
        else if (call.Action == InlineAction.GiveBack)
        {
            CellOf(call.Space)?.CountReturned(call.Permits);
        }
    }

    /// <summary>Counts an answer, or that there was none.</summary>
    public void Count(in InlineCall call, in BucketAnswer answer)
    {
        if (answer.Error is null)
        {
            Count(call, answer.Decision);
        }
        else
        {
            CountError(call);
        }
    }

    /// <summary>Counts that there was no answer.</summary>
    public void CountError(in InlineCall call)
    {
        if (call.IsDecision)
        {
            CellOf(call.Space)?.Count(UsageOutcome.Error, 0);
        }
    }

    private UsageCell? CellOf(string space)
    {
        var last = _last;
        return last is not null && ReferenceEquals(last.Space, space) ? last.Cell : FindCell(space);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private UsageCell? FindCell(string space)
    {
        if (!_spaces.TryGetValue(space, out var known))
        {
            // Where there are more than there may be, which a cluster does not refuse, the further ones are not counted.
            if (_spaces.Count >= InlineCall.MaxSpaces)
            {
                return null;
            }

            known = _spaces.GetOrAdd(space, static (name, usage) => new(name, usage.CellOf(InlineCall.CountedAs(name))), meter);
        }

        _last = known;
        return known.Cell;
    }

    private sealed record Known(string Space, UsageCell Cell);
}
