using System.Threading.Channels;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Tests.TestKit;

/// <summary>A stream that a test reads with credit in its own hands; fails the test at once when more comes than was granted.</summary>
internal sealed class Reading(DataFormat format, long credit) : IPayloadReceiver
{
    private readonly Channel<Payload> received = Channel.CreateUnbounded<Payload>();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long granted = credit;
    private long count;

    public InboundStream Stream { get; set; } = null!;

    /// <summary>Payloads that were asked for so far.</summary>
    public long Granted => Volatile.Read(ref granted);

    /// <summary>Payloads that came so far.</summary>
    public long Count => Volatile.Read(ref count);

    /// <summary>Completes, or fails with what ended the stream.</summary>
    public Task Ended => ended.Task.WaitAsync(ChatClient.Patience);

    public void Grant(int n)
    {
        Interlocked.Add(ref granted, n);
        Stream.Request(n);
    }

    public async Task<Payload> NextAsync() => await received.Reader.ReadAsync().AsTask().WaitAsync(ChatClient.Patience);

    public async Task<T> NextAsync<T>(RecordFormat<T> recordFormat)
        where T : class => recordFormat.Read(format, (await NextAsync()).Data);

    public Task<RoomEvent> NextEventAsync() => NextAsync(RoomEvent.Format);

    public async Task<long[]> NextSeqsAsync(int n)
    {
        long[] seqs = new long[n];
        for (int i = 0; i < n; i++)
        {
            seqs[i] = (await NextEventAsync()).Seq;
        }

        return seqs;
    }

    /// <summary>What comes until the stream completes.</summary>
    public async IAsyncEnumerable<Payload> RestAsync()
    {
        while (await received.Reader.WaitToReadAsync().AsTask().WaitAsync(ChatClient.Patience))
        {
            while (received.Reader.TryRead(out Payload payload))
            {
                yield return payload;
            }
        }
    }

    /// <summary>The error that ends the stream.</summary>
    public Task<RSocketException> FailureAsync() => Assert.ThrowsAsync<RSocketException>(() => Ended);

    public void OnNext(PayloadView payload)
    {
        if (Interlocked.Increment(ref count) > Volatile.Read(ref granted))
        {
            ended.TrySetException(new InvalidOperationException($"{count} payloads came, {granted} were granted."));
        }

        received.Writer.TryWrite(payload.ToPayload());
    }

    public void OnComplete()
    {
        received.Writer.TryComplete();
        ended.TrySetResult();
    }

    public void OnError(RSocketException error)
    {
        received.Writer.TryComplete(error);
        ended.TrySetException(error);
    }
}
