using System.Buffers;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol.Connections;

/// <summary>Takes frames off the transport and dispatches them, one after the other, for as long as the connection lives.</summary>
internal static class ReadLoop
{
    // From so many frames in one read on, or when threads have enough to do, this one writes what they caused, which spares waking another. A lone
    // frame is answered by a thread of the pool: where there is little to do those look out for work a while before they sleep, and what comes next
    // finds a processor awake.
    private const int LeastForWriting = 2;

    /// <summary>Runs until the peer ends its direction.</summary>
    /// <exception cref="ProtocolViolationException">The peer broke the protocol.</exception>
    /// <exception cref="IOException">The transport failed.</exception>
    public static async Task RunAsync(ConnectionCore connection, FrameDispatcher dispatcher, KeepAlive keepAlive)
    {
        FrameTransport transport = connection.Transport;
        Stint stint = default;
        while (await stint.Watch(transport.WaitToReadAsync(CancellationToken.None)).ConfigureAwait(false))
        {
            keepAlive.FrameReceived();
            while (DispatchUntilFull(connection, dispatcher))
            {
                // The peer asks and does not read the answers: TCP passes the pause on to it.
                connection.Hit(ConnectionLimit.BacklogBytes);
                await connection.WaitForBacklogAsync().ConfigureAwait(false);
            }

            dispatcher.DiscardExpiredFragments();
            if (connection.State >= ConnectionState.Closing || connection.IsLinkLost)
            {
                return;
            }

            await stint.RoundOver();
        }
    }

    /// <summary>Dispatches what the transport holds; what it causes to be written is flushed once.</summary>
    /// <returns>True when it stopped because the backlog is full.</returns>
    private static bool DispatchUntilFull(ConnectionCore connection, FrameDispatcher dispatcher)
    {
        using WakeBatch batch = WakeBatch.Start();
        using Lock.Scope turn = dispatcher.EnterTurn();
        int frames = 0;
        while (connection.State < ConnectionState.Closing && !connection.IsLinkLost && connection.Transport.TryRead(out ReadOnlySequence<byte> bytes))
        {
            Frame frame = FrameReader.Read(bytes);
            dispatcher.Dispatch(frame); // never awaits the application: one slow stream must not stop the others
            connection.Session?.FrameReceived(frame.StreamId, bytes.Length);
            if (++frames >= LeastForWriting || WakeLine.Shared.IsBusy)
            {
                WakeBatch.GoOnWith(connection.Writes.Signal);
            }

            if (connection.Backlog.IsFull)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Throws away what still comes, until the peer ends its direction or the transport is dropped.</summary>
    /// <exception cref="IOException">The transport failed.</exception>
    public static async Task DiscardAsync(FrameTransport transport)
    {
        Stint stint = default;
        for (bool violated = false; ;)
        {
            try
            {
                while (await stint.Watch(transport.WaitToReadAsync(CancellationToken.None)).ConfigureAwait(false))
                {
                    while (transport.TryRead(out _))
                    {
                        // Ignored: spec, "Transport Protocol"; an unread byte would turn our close into a reset.
                    }

                    await stint.RoundOver();
                }

                return;
            }
            catch (ProtocolViolationException) when (!violated)
            {
                violated = true; // not even frames any more; the transport skips the rest
            }
        }
    }
}
