using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>A limiter and a model that go through the same steps and must say the same.</summary>
internal sealed class ModelRun<TState>
    where TState : struct
{
    public const long Start = 638_712_345_678_901_237;

    private long _scale;
    private readonly List<Grant> _grants = [];
    private readonly HashSet<Grant> _formerGrants = [];
    private ILimiter<TState> _limiter;
    private ILimiterModel _model;
    private TState _state;
    private long _now = Start;
    private long _last = Start;
    private long _due = Start;

    /// <param name="limiter">What is tried.</param>
    /// <param name="model">What it is compared with.</param>
    /// <param name="scale">Ticks in which something happens: a period, a window.</param>
    public ModelRun(ILimiter<TState> limiter, ILimiterModel model, long scale)
    {
        (_limiter, _model, _scale) = (limiter, model, scale);
        _state = limiter.Create(Start);
    }

    public ILimiterModel Model => _model;

    /// <summary>What counts as now: what the state has seen where the clock has gone back since.</summary>
    public long Seen => Math.Max(_now, _last);

    /// <summary>What the limiter granted, at the granted instants, without what was given back.</summary>
    public IReadOnlyList<Grant> Grants => _grants;

    /// <summary>Whether steps give permits back.</summary>
    public bool GivesBack { get; init; } = true;

    /// <summary>Called for steps of kind 90 to 94: the new numbers, and the model under them.</summary>
    public Func<Step, ModelRun<TState>, Changed<TState>>? Change { get; init; }

    public void Do(IEnumerable<Step> steps)
    {
        foreach (var step in steps)
        {
            Pass(step);
            switch (step.Kind)
            {
                case < 60:
                    Acquire(step);
                    break;
                case < 70:
                    Compare(_limiter.Peek(_state, Cost(step), _now, Wait(step)), Cost(step), Wait(step));
                    break;
                case >= 80 and < 90 when _limiter is ILeaseLimiter<TState> limiter && _grants.Count > 0:
                    Renew(limiter, _grants[step.Time % _grants.Count]);
                    break;
                case < 90 when GivesBack && _grants.Count > 0:
                    GiveBack(step.Time % _grants.Count);
                    break;
                case < 95 and >= 90 when Change is not null:
                    ChangeNumbers(Change(step, this), step);
                    break;
                default:
                    _state = _limiter.Restore(_limiter.Save(_state));
                    break;
            }

            CompareRest();
        }
    }

    private void Pass(Step step)
    {
        _now = step.Pace switch
        {
            < 25 => _now,
            < 40 => _now + (step.Time % 20),
            < 70 => _now + (long)((Int128)_scale * step.Time / 1_000),
            < 85 => Math.Max(0, _due - (step.Time % 2)),
            < 92 => Math.Max(0, _now - (long)((Int128)_scale * step.Time / 500)),
            < 98 => _now + (long)((Int128)_scale * step.Time / 50),
            _ => _now + (step.Time * 365 * Ticks.PerDay / 200),
        };
        _now = Math.Min(_now, Ticks.MaxInstant);
    }

    private long Cost(Step step) => _limiter.Limit < 100
        ? step.Cost % (_limiter.Limit + 2)
        : (long)((Int128)_limiter.Limit * step.Cost / 100) + (step.Wait % 3);

    private long Wait(Step step) => step.Wait switch
    {
        < 400 => 0,
        < 450 => Ticks.Never,
        < 500 => step.Time % 15,
        _ => (long)((Int128)_scale * step.Time / 300),
    };

    private void Acquire(Step step)
    {
        var cost = Cost(step);
        var decision = _limiter.Acquire(ref _state, cost, _now, Wait(step));
        _last = cost > 0 && cost <= _limiter.Limit ? Seen : _last;
        Compare(decision, cost, Wait(step));
        _due = Ticks.Add(Seen, Math.Min(decision.RetryAfterTicks, Ticks.Never - Seen));
        if (decision.IsAllowed && cost > 0)
        {
            _model.Take(decision.Grant, Seen);
            _grants.Add(decision.Grant);
        }
    }

    private void Compare(in LimiterDecision decision, long cost, long maxWait)
    {
        Assert.Equal(cost > _model.Limit, decision.NeverFits);
        if (cost == 0 || cost > _model.Limit)
        {
            Assert.Equal((cost == 0, 0, 0), (decision.IsAllowed, decision.DelayTicks, decision.RetryAfterTicks));
            return;
        }

        var at = _model.Earliest(cost, Seen);
        var isAllowed = at == Seen || (at - Seen <= maxWait && at <= Ticks.MaxInstant && _model.MayReserve(cost, Seen));
        Assert.True(isAllowed == decision.IsAllowed, $"cost {cost} at {Seen}: expected allowed {isAllowed} at {at}, was {decision}");
        at = isAllowed ? at : _model.RetryAt(cost, Seen, maxWait);
        Assert.Equal(at == Ticks.Never ? Ticks.Never : at - Seen, at == Ticks.Never ? Ticks.Never : decision.DelayTicks + decision.RetryAfterTicks);
        if (isAllowed)
        {
            Assert.Equal((cost, at), (decision.Grant.Permits, decision.Grant.ValidAt));
        }
    }

    /// <summary>What every answer tells besides.</summary>
    private void CompareRest()
    {
        var asked = _limiter.Peek(_state, 0, _now);
        Assert.Equal(_model.Remaining(Seen), asked.Remaining);
        var newAt = _model.NewAt(Seen);
        Assert.True(newAt == Ticks.Never || Math.Max(0, newAt - Seen) == asked.ResetAfterTicks, $"reset: expected {newAt - Seen}, was {asked.ResetAfterTicks}");
        Assert.Equal(newAt <= Seen, _limiter.IsNew(_state, _now));
    }

    private void GiveBack(int index)
    {
        var grant = _grants[index];
        if (IsTakenForAnother(grant))
        {
            return;
        }

        _grants.RemoveAt(index);
        var answer = _limiter.Return(ref _state, grant, _now);
        _last = Seen;
        var fault = _model.Return(grant, Seen, answer);
        Assert.True(fault is null, fault);
    }

    /// <summary>
    /// A bucket with levels knows its last reservation by the instant. One made under former numbers that is due in the same
    /// tick passes for it; which of the two is given back then is a matter of taste, and not compared.
    /// </summary>
    private bool IsTakenForAnother(Grant grant) =>
        _model is FluidModel && grant.ValidAt > Seen && _formerGrants.Contains(grant)
        && _grants.Exists(g => g.ValidAt == grant.ValidAt && !_formerGrants.Contains(g));

    private void ChangeNumbers(in Changed<TState> changed, Step step)
    {
        _state = changed.Limiter.CarryOver(_state, _limiter, changed.OnChange, _now);
        _formerGrants.UnionWith(_grants);
        (_limiter, _model, _last) = (changed.Limiter, changed.Model, Seen);

        // From now on time passes at the pace of the new numbers, or still at that of the old ones.
        _scale = step.Pace % 3 == 0 ? _scale : changed.Scale;
    }

    private void Renew(ILeaseLimiter<TState> limiter, in Grant grant)
    {
        var endsAt = limiter.Renew(ref _state, grant.LeaseId, _now);
        _last = Seen;
        ((ConcurrencyModel)_model).Renew(grant.LeaseId, Seen, endsAt);
    }
}
