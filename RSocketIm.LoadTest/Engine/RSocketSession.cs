using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Engine;

/// <summary>An RSocket requester that does nothing but count and grant: frames made beforehand go out, the headers of those that come in are looked at where they lie.</summary>
internal sealed class RSocketSession : IMessageReceiver
{
    // Two weeks: the client is never to send a KEEPALIVE, and the server not to ask for one, while something is measured.
    private const int NoKeepAlive = 14 * 24 * 3600 * 1000;
    private const int RequestNLength = Frame.HeaderLength + sizeof(int);

    private readonly byte[] requestN;
    private (int Stream, IStreamReceiver? Receiver)[] streams = new (int, IStreamReceiver?)[2];
    private int nextStream = 1;

    private RSocketSession(ClientLoop loop, Uri address)
    {
        Socket = address.Scheme == "tcp"
            ? loop.ConnectTcp(address, new LengthPrefixFraming(), this)
            : loop.ConnectWebSocket(address, text: false, subprotocol: null, this);
        ArrayBufferWriter<byte> output = new(RequestNLength);
        RequestNFrame.Write(output, 1, 1);
        requestN = Socket.Framing.Wrap(output.WrittenSpan);
    }

    /// <summary>What it runs over.</summary>
    public LoadSocket Socket { get; }

    /// <summary>Why it ended; null while it is open or was closed from this side.</summary>
    public string? Ended { get; private set; }

    /// <summary>Called when it ends from the other side; without it that is an exception.</summary>
    public Action<RSocketSession, string>? OnEnd { get; set; }

    /// <summary>Connects and sends SETUP, as a guest who speaks MessagePack.</summary>
    /// <param name="loop">Whose it is to be.</param>
    /// <param name="address"><c>ws:</c> or <c>tcp:</c>.</param>
    /// <param name="user">The guest's name.</param>
    public static RSocketSession Open(ClientLoop loop, Uri address, string user) => Open(loop, address, DataMimeTypes.MessagePack, user);

    /// <summary>Connects and sends SETUP.</summary>
    /// <param name="loop">Whose it is to be.</param>
    /// <param name="address"><c>ws:</c> or <c>tcp:</c>.</param>
    /// <param name="dataMimeType">Of its data.</param>
    /// <param name="user">A guest's name; null says nobody's.</param>
    public static RSocketSession Open(ClientLoop loop, Uri address, string dataMimeType, string? user)
    {
        RSocketSession session = new(loop, address);
        ArrayBufferWriter<byte> output = new();
        SetupFrame.Write(output, new SetupFrame
        {
            MajorVersion = 1,
            KeepAliveMilliseconds = NoKeepAlive,
            MaxLifetimeMilliseconds = NoKeepAlive,
            MetadataMimeType = "message/x.rsocket.composite-metadata.v0",
            DataMimeType = dataMimeType,
            HasMetadata = user is not null,
            Metadata = user is null ? default : new ReadOnlySequence<byte>(new RequestMetadata().Simple(user, "").ToArray()),
        });
        session.Socket.Write(session.Socket.Framing.Wrap(output.WrittenSpan));
        return session;
    }

    /// <summary>Sends a request.</summary>
    /// <param name="request">As it is now.</param>
    /// <param name="receiver">Who takes the answers.</param>
    /// <returns>The stream's id.</returns>
    public int Request(PreparedRequest request, IStreamReceiver receiver)
    {
        int id = nextStream;
        nextStream += 2;
        Remember(id, receiver);
        request.SetStream(id);
        Socket.Write(request.Bytes);
        return id;
    }

    /// <summary>Grants credit.</summary>
    /// <param name="stream">The stream's id.</param>
    /// <param name="n">Payloads, 1..2³¹-1.</param>
    public void RequestN(int stream, int n)
    {
        Span<byte> frame = Socket.Reserve(requestN.Length);
        requestN.CopyTo(frame);
        BinaryPrimitives.WriteInt32BigEndian(frame[^RequestNLength..], stream);
        BinaryPrimitives.WriteInt32BigEndian(frame[^sizeof(int)..], n);
        Socket.Commit(frame.Length);
    }

    /// <summary>Ends a stream; nothing of it is told any more.</summary>
    public void Cancel(int stream)
    {
        ArrayBufferWriter<byte> output = new();
        CancelFrame.Write(output, stream);
        Socket.Write(Socket.Framing.Wrap(output.WrittenSpan));
        streams[Place(stream)] = default;
    }

    void IMessageReceiver.OnMessage(LoadSocket socket, ReadOnlySpan<byte> message)
    {
        int stream = BinaryPrimitives.ReadInt32BigEndian(message);
        int typeAndFlags = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        FrameType type = (FrameType)(typeAndFlags >> 10);
        ref (int Stream, IStreamReceiver? Receiver) entry = ref streams[Place(stream)];
        if (type == FrameType.Payload && entry.Stream == stream && entry.Receiver is { } receiver)
        {
            bool complete = (typeAndFlags & (int)FrameFlags.Complete) != 0;
            if (complete)
            {
                entry = default;
            }

            receiver.OnPayload(this, stream, DataOf(message[Frame.HeaderLength..], typeAndFlags), complete);
        }
        else
        {
            ReadOther(type, stream, typeAndFlags, message);
        }
    }

    void IMessageReceiver.OnClosed(LoadSocket socket, string reason) => End(reason);

    private static ReadOnlySpan<byte> DataOf(ReadOnlySpan<byte> body, int flags)
    {
        if ((flags & (int)FrameFlags.Follows) != 0)
        {
            throw new InvalidOperationException("A fragment: the load's payloads are too small for that.");
        }

        return (flags & (int)FrameFlags.Metadata) == 0 ? body : body[(3 + ((body[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(body[1..])))..];
    }

    private void ReadOther(FrameType type, int stream, int flags, ReadOnlySpan<byte> message)
    {
        switch (type)
        {
            case FrameType.Error:
                string error = $"0x{BinaryPrimitives.ReadUInt32BigEndian(message[Frame.HeaderLength..]):X} {Encoding.UTF8.GetString(message[(Frame.HeaderLength + sizeof(uint))..])}";
                ref (int Stream, IStreamReceiver? Receiver) entry = ref streams[Place(stream)];
                if (stream == 0)
                {
                    Socket.Close();
                    End(error);
                }
                else if (entry.Stream == stream && entry.Receiver is { } receiver)
                {
                    entry = default;
                    receiver.OnError(this, stream, error);
                }

                break;
            case FrameType.KeepAlive when (flags & (int)FrameFlags.Respond) != 0:
                byte[] answer = message.ToArray();
                BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(4), (ushort)((int)FrameType.KeepAlive << 10));
                Socket.Write(Socket.Framing.Wrap(answer));
                break;
            default:
                break; // of a stream that was cancelled, or a LEASE that nobody asked for
        }
    }

    private void End(string reason)
    {
        Ended = reason;
        if (OnEnd is null)
        {
            throw new InvalidOperationException($"A connection ended: {reason}");
        }

        OnEnd(this, reason);
    }

    // Own ids are odd and go up by two, so those in use lie in different places unless an old stream outlives many younger ones: then there are more places.
    private int Place(int stream) => (stream >> 1) & (streams.Length - 1);

    private void Remember(int id, IStreamReceiver receiver)
    {
        while (streams[Place(id)].Receiver is not null)
        {
            (int Stream, IStreamReceiver? Receiver)[] old = streams;
            streams = new (int, IStreamReceiver?)[2 * old.Length];
            foreach ((int Stream, IStreamReceiver? Receiver) entry in old)
            {
                if (entry.Receiver is not null)
                {
                    streams[Place(entry.Stream)] = entry;
                }
            }
        }

        streams[Place(id)] = (id, receiver);
    }
}
