using System.Buffers;
using RSocketIm.LoadTest.Fuzzing.Targets;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>Makes what a client of the chat sends, one frame after the other: routes with records that are nearly right, credit, elements, CANCEL.</summary>
internal sealed class RouteSequenceMaker(FuzzRandom random, RouteSequenceMaker.Bodies bodies)
{
    // The request of each route, and how it is asked.
    private static readonly (string Route, string Record, FrameType Type)[] Routes =
    [
        ("rooms.create", nameof(RoomCreate), FrameType.RequestResponse), ("rooms.join", nameof(RoomRef), FrameType.RequestResponse),
        ("rooms.leave", nameof(RoomRef), FrameType.RequestResponse), ("rooms.get", nameof(RoomRef), FrameType.RequestResponse),
        ("rooms.list", nameof(RoomList), FrameType.RequestResponse), ("rooms.members", nameof(MemberList), FrameType.RequestResponse),
        ("rooms.open", nameof(RoomOpen), FrameType.RequestResponse), ("rooms.update", nameof(RoomUpdate), FrameType.RequestResponse),
        ("rooms.ban", nameof(MemberAction), FrameType.RequestResponse), ("rooms.invite", nameof(MemberAction), FrameType.RequestResponse),
        ("rooms.remove", nameof(MemberAction), FrameType.RequestResponse), ("rooms.role", nameof(MemberAction), FrameType.RequestResponse),
        ("messages.send", nameof(MessageSend), FrameType.RequestResponse), ("messages.edit", nameof(MessageEdit), FrameType.RequestResponse),
        ("messages.delete", nameof(MessageDelete), FrameType.RequestResponse), ("messages.react", nameof(MessageReact), FrameType.RequestResponse),
        ("messages.history", nameof(HistoryRequest), FrameType.RequestResponse), ("messages.search", nameof(SearchRequest), FrameType.RequestResponse),
        ("receipts.read", nameof(ReceiptRequest), FrameType.RequestResponse), ("presence.get", nameof(PresenceRequest), FrameType.RequestResponse),
        ("system.whoami", nameof(EmptyRecord), FrameType.RequestResponse), ("system.count", nameof(CountRequest), FrameType.RequestStream),
        ("rooms.feed", nameof(FeedRequest), FrameType.RequestStream), ("inbox.feed", nameof(InboxRequest), FrameType.RequestStream),
        ("signals.feed", nameof(RoomRef), FrameType.RequestStream), ("attachments.download", nameof(DownloadRequest), FrameType.RequestStream),
        ("attachments.upload", nameof(UploadRequest), FrameType.RequestChannel), ("messages.publish", nameof(MessageSend), FrameType.RequestChannel),
        ("rooms.session", nameof(FeedRequest), FrameType.RequestChannel), ("system.echo", nameof(EmptyRecord), FrameType.RequestChannel),
        ("typing", nameof(RoomRef), FrameType.RequestFireAndForget),
    ];

    private readonly List<(int Id, string Record)> open = [];
    private readonly DataFormat format = random.OneIn(2) ? DataFormat.Json : DataFormat.MessagePack;
    private int nextId = 1;
    private int left = random.Between(2, 40);

    /// <summary>The frames made so far.</summary>
    public List<byte[]> Frames { get; } = [];

    /// <summary>The next frame; null when it is enough.</summary>
    public byte[]? Next()
    {
        if (left-- == 0)
        {
            return null;
        }

        bodies.Output.ResetWrittenCount();
        if (Frames.Count == 0)
        {
            WriteSetup();
        }
        else if (open.Count == 0 || random.Below(10) < 6)
        {
            WriteRequest();
        }
        else
        {
            WriteOnOpen();
        }

        byte[] frame = bodies.Output.WrittenSpan.ToArray();
        Frames.Add(frame);
        return frame;
    }

    private void WriteSetup() => SetupFrame.Write(bodies.Output, new SetupFrame
    {
        MajorVersion = 1,
        KeepAliveMilliseconds = 3_600_000,
        MaxLifetimeMilliseconds = 7_200_000,
        MetadataMimeType = "message/x.rsocket.composite-metadata.v0",
        DataMimeType = format == DataFormat.Json ? "application/json" : DataMimeTypes.MessagePack,
        HasMetadata = true,
        Metadata = new ReadOnlySequence<byte>(new RequestMetadata().Simple(random.Pick<string>(["ada", "bob", "cy", "eve"]), "").ToArray()),
    });

    private void WriteRequest()
    {
        (string route, string record, FrameType type) = random.Pick<(string, string, FrameType)>(Routes);
        type = random.OneIn(30) ? random.Pick<FrameType>([FrameType.RequestResponse, FrameType.RequestStream, FrameType.RequestChannel, FrameType.RequestFireAndForget]) : type;
        byte[] data = bodies.Make(format, random.OneIn(30) ? null : record, random);
        byte[] metadata = RequestMetadata.ForRoute(route);
        RequestFrame.Write(bodies.Output, type, nextId, 0, random.Between(1, 20), hasMetadata: true, metadata, data);
        if (type is FrameType.RequestStream or FrameType.RequestChannel)
        {
            open.Add((nextId, route == "rooms.session" ? nameof(SessionOperation) : record));
        }

        nextId += 2;
    }

    private void WriteOnOpen()
    {
        (int id, string record) = random.Pick(open);
        switch (random.Below(6))
        {
            case 0 or 1:
                RequestNFrame.Write(bodies.Output, id, random.Between(1, 10));
                break;
            case 2:
                CancelFrame.Write(bodies.Output, id);
                break;
            case 3:
                PayloadFrame.Write(bodies.Output, id, FrameFlags.Complete, default, default);
                break;
            default:
                byte[] data = bodies.Make(format, record, random);
                PayloadFrame.Write(bodies.Output, id, FrameFlags.Next, default, data);
                break;
        }
    }

    /// <summary>Records in both formats, and room for a frame; one object per worker.</summary>
    internal sealed class Bodies
    {
        private readonly RecordTarget messagePack = RecordTarget.MessagePack();
        private readonly RecordTarget json = RecordTarget.Json();
        private readonly ArrayBufferWriter<byte> body = new();

        public ArrayBufferWriter<byte> Output { get; } = new();

        /// <summary>A record of the name, nearly right; of any name when it is null.</summary>
        public byte[] Make(DataFormat format, string? record, FuzzRandom random)
        {
            body.ResetWrittenCount();
            (format == DataFormat.Json ? json : messagePack).Generate(random, body, record);
            return body.WrittenSpan[1..].ToArray();
        }
    }
}
