using System.Runtime.CompilerServices;

namespace Throttle.Core.Streams;

/// <summary>Sequences and streams at the rate of a <see cref="Pacer"/>.</summary>
public static class StreamExtensions
{
    /// <summary>
    /// The same items in the same order, each handed on once it is paid for, a unit an item. An item is taken from the source
    /// only when the next one is asked for, so that one is held at most.
    /// </summary>
    /// <param name="source">The items; disposed when the sequence ends, also by cancellation or a fault.</param>
    /// <param name="pacer">What is paid.</param>
    /// <param name="cancellationToken">Ends waiting, and the source; the item that was not paid for is lost with it.</param>
    /// <exception cref="PaymentRefusedException">An item may not be sent; it was not handed on. Thrown where it is asked for.</exception>
    public static IAsyncEnumerable<T> Throttle<T>(
        this IAsyncEnumerable<T> source, Pacer pacer, CancellationToken cancellationToken = default) =>
        source.Throttle(pacer, static _ => 1, cancellationToken);

    /// <summary>As <see cref="Throttle{T}(IAsyncEnumerable{T}, Pacer, CancellationToken)"/>, each item at its own cost. Items go as a whole.</summary>
    /// <param name="source">The items.</param>
    /// <param name="pacer">What is paid.</param>
    /// <param name="cost">What an item costs, 0 or more. What costs 0 passes at once.</param>
    /// <param name="cancellationToken">Ends waiting, and the source; the item that was not paid for is lost with it.</param>
    /// <exception cref="PaymentRefusedException">
    /// An item costs more than <see cref="Pacer.Largest"/>, or may not be sent; it was not handed on. Thrown where it is asked for.
    /// </exception>
    public static IAsyncEnumerable<T> Throttle<T>(
        this IAsyncEnumerable<T> source, Pacer pacer, Func<T, long> cost, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(pacer);
        ArgumentNullException.ThrowIfNull(cost);
        return PaceAsync(source, pacer, cost, cancellationToken);
    }

    /// <summary>
    /// The same bytes in the same order, each chunk handed on once it is paid for, a unit a byte. A chunk larger than
    /// <see cref="Pacer.Largest"/> is split; others stay whole. One chunk is held at most.
    /// </summary>
    /// <param name="source">The chunks; disposed when the sequence ends, also by cancellation or a fault.</param>
    /// <param name="pacer">What is paid.</param>
    /// <param name="cancellationToken">Ends waiting, and the source; what was not paid for is lost with it.</param>
    /// <exception cref="PaymentRefusedException">A chunk may not be sent. Thrown where it is asked for.</exception>
    public static IAsyncEnumerable<ReadOnlyMemory<byte>> Throttle(
        this IAsyncEnumerable<ReadOnlyMemory<byte>> source, Pacer pacer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(pacer);
        return PaceBytesAsync(source, pacer, cancellationToken);
    }

    /// <summary>As <see cref="Throttle(IAsyncEnumerable{ReadOnlyMemory{byte}}, Pacer, CancellationToken)"/>.</summary>
    public static IAsyncEnumerable<ReadOnlyMemory<byte>> Throttle(
        this IAsyncEnumerable<byte[]> source, Pacer pacer, CancellationToken cancellationToken = default) =>
        source.Select(static chunk => new ReadOnlyMemory<byte>(chunk)).Throttle(pacer, cancellationToken);

    /// <summary>The stream, whose reads and writes pay the pacer; see <see cref="ThrottledStream"/>.</summary>
    public static ThrottledStream Throttle(this Stream stream, Pacer pacer, bool leaveOpen = false) => new(stream, pacer, leaveOpen);

    private static async IAsyncEnumerable<T> PaceAsync<T>(
        IAsyncEnumerable<T> source, Pacer pacer, Func<T, long> cost, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in source.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            await pacer.PayAsync(cost(item), cancellationToken).ConfigureAwait(false);
            yield return item;
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> PaceBytesAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> source, Pacer pacer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var chunk in source.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (chunk.IsEmpty)
            {
                yield return chunk;
            }

            for (var left = chunk; !left.IsEmpty;)
            {
                var paid = (int)await pacer.PayUpToAsync(left.Length, cancellationToken).ConfigureAwait(false);
                yield return left[..paid];
                left = left[paid..];
            }
        }
    }
}
