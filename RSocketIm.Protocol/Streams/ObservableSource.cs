using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>Makes a credit-paced source of an <see cref="IObservable{T}"/>, which cannot be paced: the caller names what happens to values that come without credit. The only file that does so.</summary>
/// <remarks>
/// Values wait as they came and are encoded when they are sent, so that what is conflated away costs no encoding. The
/// observable is subscribed when the stream starts and left when it ends. An error of the observable ends the stream:
/// an <see cref="RSocketException"/> as it is, anything else as APPLICATION_ERROR.
/// </remarks>
public static class ObservableSource
{
    /// <summary>Keeps the latest value per key; a newer one takes the place of the older in line. For state: presence, typing, receipts.</summary>
    /// <param name="values">The values.</param>
    /// <param name="key">What a newer value replaces; at most one value per key waits.</param>
    /// <param name="encode">Makes the payload of a value.</param>
    public static PayloadSource Latest<T, TKey>(IObservable<T> values, Func<T, TKey> key, Func<T, Payload> encode)
        where TKey : notnull =>
        new Source<T>(values, new LatestPerKey<T, TKey>(key), encode);

    /// <summary>Keeps the newest values and drops the oldest. For samples of which the newest matter.</summary>
    /// <param name="values">The values.</param>
    /// <param name="capacity">How many values may wait, 1 or more.</param>
    /// <param name="encode">Makes the payload of a value.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is below 1.</exception>
    public static PayloadSource DropOldest<T>(IObservable<T> values, int capacity, Func<T, Payload> encode) =>
        new Source<T>(values, new Bounded<T>(capacity, dropOldest: true), encode);

    /// <summary>Keeps every value; one too many ends the stream with CANCELED. For values that must not be lost silently.</summary>
    /// <param name="values">The values.</param>
    /// <param name="capacity">How many values may wait, 1 or more.</param>
    /// <param name="encode">Makes the payload of a value.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is below 1.</exception>
    public static PayloadSource Buffer<T>(IObservable<T> values, int capacity, Func<T, Payload> encode) =>
        new Source<T>(values, new Bounded<T>(capacity, dropOldest: false), encode);

    /// <summary>Values in line for credit. Used under the source's lock.</summary>
    private interface IWaiting<T>
    {
        int Count { get; }

        /// <summary>False when the value has no place and may not be dropped.</summary>
        bool TryAdd(T value);

        T Take();
    }

    private sealed class Source<T>(IObservable<T> values, IWaiting<T> waiting, Func<T, Payload> encode) : PayloadSource, IObserver<T>
    {
        private readonly Lock sync = new();
        private IDisposable? subscription;
        private bool completed;
        private bool released;

        protected override void Attached()
        {
            IDisposable opened = values.Subscribe(this);
            lock (sync)
            {
                if (!released)
                {
                    subscription = opened;
                    return;
                }
            }

            opened.Dispose(); // the stream ended while we subscribed
        }

        protected internal override PullStatus TryPull(out Payload payload)
        {
            T value;
            bool last;
            lock (sync)
            {
                if (waiting.Count == 0)
                {
                    payload = default;
                    return completed ? PullStatus.Complete : PullStatus.Idle;
                }

                value = waiting.Take();
                last = completed && waiting.Count == 0;
            }

            payload = encode(value);
            return last ? PullStatus.NextAndComplete : PullStatus.Next;
        }

        protected internal override void Release()
        {
            IDisposable? opened;
            lock (sync)
            {
                released = true;
                opened = subscription;
                subscription = null;
            }

            opened?.Dispose();
        }

        public void OnNext(T value)
        {
            bool fits;
            lock (sync)
            {
                fits = waiting.TryAdd(value);
            }

            if (fits)
            {
                SignalReady();
            }
            else
            {
                SignalError(new RSocketException(ErrorCode.Canceled, "The subscriber granted too little credit for a stream that may not drop values."));
            }
        }

        public void OnCompleted()
        {
            bool empty;
            lock (sync)
            {
                completed = true;
                empty = waiting.Count == 0;
            }

            if (empty)
            {
                SignalComplete();
            }
        }

        public void OnError(Exception error) =>
            SignalError(error as RSocketException ?? new RSocketException(ErrorCode.ApplicationError, "The responder failed.", error));
    }

    private sealed class LatestPerKey<T, TKey>(Func<T, TKey> key) : IWaiting<T>
        where TKey : notnull
    {
        // First come, first served by key: a key that changes all the time cannot push the others back.
        private readonly OrderedDictionary<TKey, T> values = [];

        public int Count => values.Count;

        public bool TryAdd(T value)
        {
            values[key(value)] = value;
            return true;
        }

        public T Take()
        {
            T value = values.GetAt(0).Value;
            values.RemoveAt(0);
            return value;
        }
    }

    private sealed class Bounded<T> : IWaiting<T>
    {
        private readonly Queue<T> values = new();
        private readonly int capacity;
        private readonly bool dropOldest;

        public Bounded(int capacity, bool dropOldest)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
            this.capacity = capacity;
            this.dropOldest = dropOldest;
        }

        public int Count => values.Count;

        public bool TryAdd(T value)
        {
            if (values.Count == capacity)
            {
                if (!dropOldest)
                {
                    return false;
                }

                values.Dequeue();
            }

            values.Enqueue(value);
            return true;
        }

        public T Take() => values.Dequeue();
    }
}
