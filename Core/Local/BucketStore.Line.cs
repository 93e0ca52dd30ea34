using System.Runtime.CompilerServices;
using Throttle.Core.Engine;
using Throttle.Core.Limiters;

namespace Throttle.Core.Local;

internal sealed partial class BucketStore<TState>
{
    /// <summary>
    /// The line for one bucket's leases, and the timer that looks when the next lease ends. There is one only while somebody
    /// stands in it. Its stripe's lock guards it.
    /// </summary>
    private sealed class Line : ILeases
    {
        private readonly BucketStore<TState> _store;
        private readonly Stripe _stripe;
        private readonly string _key;
        private readonly LeaseLine _line;
        private readonly ITimer _timer;

        public Line(BucketStore<TState> store, Stripe stripe, string key)
        {
            (_store, _stripe, _key) = (store, stripe, key);
            _line = new(this);
            _timer = store._context.Time.CreateTimer(
                static line => ((Line)line!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public int Count => _line.Count;

        public void Join(BucketWaiter waiter, long now)
        {
            _line.Join(waiter, now);
            Settle(now);
        }

        public void Serve(long now)
        {
            _line.Serve(now);
            Settle(now);
        }

        public void RefuseLate(long now)
        {
            _line.RefuseLate(now);
            Settle(now);
        }

        /// <returns>Whether the caller stood in line, and left.</returns>
        public bool TryLeave(BucketWaiter waiter, long now)
        {
            if (!_line.TryLeave(waiter))
            {
                return false;
            }

            Serve(now);
            return true;
        }

        /// <summary>Sends everybody to ask again. The stripe forgets the line.</summary>
        public void End()
        {
            _line.End();
            _timer.Dispose();
        }

        public BucketAnswer Take(long permits, long now)
        {
            var hash = BucketTable<TState>.HashOf(_key);
            ref var state = ref _stripe.Table.Find(_key, hash);
            return Unsafe.IsNullRef(ref state)
                ? _store.AcquireFirst(_stripe, _key, hash, permits, now, 0, turn: null)
                : new(_stripe.Limiter.Acquire(ref state, permits, now));
        }

        public LimiterDecision Peek(long permits, long now)
        {
            ref var state = ref _stripe.Table.Find(_key, BucketTable<TState>.HashOf(_key));
            return _stripe.Limiter.Peek(Unsafe.IsNullRef(ref state) ? _stripe.Limiter.Create(now) : state, permits, now);
        }

        private void OnTimer()
        {
            using (_stripe.Gate.Hold())
            {
                Serve(_store._context.Clock.Now);
            }
        }

        /// <summary>Sets the timer for the next lease that ends; a line that nobody stands in is gone.</summary>
        private void Settle(long now)
        {
            if (_line.Count > 0)
            {
                TimerDelay.Set(_timer, _store._context.Time, _store._context.Clock, _line.NextLeaseAt);
            }
            else if (_stripe.Lines.TryGetValue(_key, out var line) && ReferenceEquals(line, this))
            {
                _stripe.Lines.Remove(_key);
                _timer.Dispose();
            }
        }
    }
}
