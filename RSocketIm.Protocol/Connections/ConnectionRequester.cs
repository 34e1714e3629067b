using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>The requester of one connection.</summary>
internal sealed class ConnectionRequester(ConnectionCore connection) : RSocketRequester
{
    public override ValueTask<Payload> RequestResponseAsync(Payload request, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Payload>(cancellationToken);
        }

        var response = new SingleResponse();
        ProtocolStream stream = Prepare(FrameType.RequestResponse, request, response, complete: false);
        stream.Inbound!.GrantImplicitly(1);
        if (!connection.TrySubmit(stream))
        {
            return ValueTask.FromException<Payload>(NotOpen());
        }

        return response.Start(stream.Inbound!, cancellationToken);
    }

    public override ValueTask FireAndForgetAsync(Payload request, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        ProtocolStream stream = Prepare(FrameType.RequestFireAndForget, request, receiver: null, complete: false);
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stream.WhenSent = error =>
        {
            if (error is null)
            {
                sent.TrySetResult();
            }
            else
            {
                sent.TrySetException(error);
            }
        };

        if (!connection.TrySubmit(stream))
        {
            return ValueTask.FromException(NotOpen());
        }

        return cancellationToken.CanBeCanceled ? new ValueTask(TakeBackAsync(stream, sent, cancellationToken)) : new ValueTask(sent.Task);
    }

    public override InboundStream RequestStream(Payload request, int initialRequestN, IPayloadReceiver receiver)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(initialRequestN, 1);
        ArgumentNullException.ThrowIfNull(receiver);
        ProtocolStream stream = Prepare(FrameType.RequestStream, request, receiver, complete: false);
        return Open(stream, initialRequestN);
    }

    public override InboundStream RequestChannel(Payload first, PayloadSource? rest, int initialRequestN, IPayloadReceiver receiver)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(initialRequestN, 1);
        ArgumentNullException.ThrowIfNull(receiver);
        ProtocolStream stream = Prepare(FrameType.RequestChannel, first, receiver, complete: rest is null);
        if (rest is not null)
        {
            stream.Outbound.SetSource(rest);
        }

        return Open(stream, initialRequestN);
    }

    public override async ValueTask MetadataPushAsync(ReadOnlyMemory<byte> metadata, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (connection.State != ConnectionState.Open)
        {
            throw NotOpen();
        }

        // No stream stands behind this frame, so the lane's bound has to pace it.
        await connection.WaitForLaneAsync(cancellationToken).ConfigureAwait(false);
        connection.Control(
            MetadataPushFrame.GetLength(metadata.Length),
            metadata,
            static (output, bytes) => MetadataPushFrame.Write(output, bytes.Span));
    }

    private static RSocketException NotOpen() => new(ErrorCode.Rejected, "The connection takes no new streams; nothing was sent.");

    private ProtocolStream Prepare(FrameType type, Payload request, IPayloadReceiver? receiver, bool complete)
    {
        var stream = ProtocolStream.ForRequester(connection, type);
        if (receiver is not null)
        {
            stream.Inbound!.Subscribe(receiver);
        }

        lock (connection.Gate)
        {
            stream.Outbound.StartRequest(type, request, complete);
        }

        return stream;
    }

    private InboundHalf Open(ProtocolStream stream, int initialRequestN)
    {
        stream.Inbound!.Request(initialRequestN);
        if (!connection.TrySubmit(stream))
        {
            stream.Fail(NotOpen());
        }

        return stream.Inbound!;
    }

    private static async Task TakeBackAsync(ProtocolStream stream, TaskCompletionSource sent, CancellationToken cancellationToken)
    {
        await using (cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                (ProtocolStream waiting, TaskCompletionSource task) = ((ProtocolStream, TaskCompletionSource))state!;
                if (waiting.TryTakeBack())
                {
                    task.TrySetCanceled(token);
                }
            },
            (stream, sent)).ConfigureAwait(false))
        {
            await sent.Task.ConfigureAwait(false);
        }
    }
}
