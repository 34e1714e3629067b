using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.LoadTest.Lagging;

/// <summary>A feed that takes some entries and then none until it is told to go on.</summary>
internal sealed class LaggingFeed : IPayloadReceiver
{
    private InboundStream? stream;
    private TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int missing;

    /// <summary>Entries it has had.</summary>
    public long Received { get; private set; }

    /// <summary>Takes the next entries.</summary>
    /// <param name="client">Its connection.</param>
    /// <param name="after">Where it begins, the first time.</param>
    /// <param name="count">How many.</param>
    /// <returns>Ends when they are here, or with what ended the feed.</returns>
    public Task TakeAsync(LoadClient client, long after, int count)
    {
        arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        missing = count;
        if (stream is null)
        {
            stream = client.Connection.RequestStream(LoadClient.Feed(RoomSeed.Room, after), count, this);
        }
        else
        {
            stream.Request(count);
        }

        return arrived.Task;
    }

    public void OnNext(PayloadView payload)
    {
        Received++;
        if (--missing == 0)
        {
            arrived.TrySetResult();
        }
    }

    public void OnComplete() => arrived.TrySetException(new IOException("The feed ended."));

    public void OnError(RSocketException error) => arrived.TrySetException(error);
}
