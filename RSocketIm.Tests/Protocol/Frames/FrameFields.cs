using System.Buffers;
using System.Globalization;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

/// <summary>A frame as the named fields of Vectors/frames.json, read and written through the frame types.</summary>
internal static class FrameFields
{
    public static SortedDictionary<string, string> Read(in ReadOnlySequence<byte> bytes)
    {
        Frame frame = FrameReader.Read(bytes);
        SortedDictionary<string, string> fields = new(StringComparer.Ordinal)
        {
            ["streamId"] = Text(frame.StreamId),
            ["type"] = frame.Type.SpecName,
            ["flags"] = Letters(frame),
        };
        ReadBody(frame, fields);
        return fields;
    }

    public static byte[] Write(SortedDictionary<string, string> fields, out int announcedLength)
    {
        ArrayBufferWriter<byte> output = new();
        announcedLength = Write(output, fields);
        return output.WrittenSpan.ToArray();
    }

    private static void ReadBody(in Frame frame, SortedDictionary<string, string> fields)
    {
        switch (frame.Type)
        {
            case FrameType.Setup:
                SetupFrame setup = SetupFrame.Read(frame);
                Assert.Equal(frame.Has(FrameFlags.Lease), setup.Lease);
                fields["majorVersion"] = Text(setup.MajorVersion);
                fields["minorVersion"] = Text(setup.MinorVersion);
                fields["keepAlive"] = Text(setup.KeepAliveMilliseconds);
                fields["maxLifetime"] = Text(setup.MaxLifetimeMilliseconds);
                fields["metadataMimeType"] = setup.MetadataMimeType;
                fields["dataMimeType"] = setup.DataMimeType;
                AddIf(setup.HasResumeToken, fields, "resumeToken", setup.ResumeToken);
                AddIf(setup.HasMetadata, fields, "metadata", setup.Metadata);
                AddIf(true, fields, "data", setup.Data);
                break;
            case FrameType.Lease:
                LeaseFrame lease = LeaseFrame.Read(frame);
                fields["timeToLive"] = Text(lease.TimeToLiveMilliseconds);
                fields["numberOfRequests"] = Text(lease.NumberOfRequests);
                AddIf(lease.HasMetadata, fields, "metadata", lease.Metadata);
                break;
            case FrameType.KeepAlive:
                KeepAliveFrame keepAlive = KeepAliveFrame.Read(frame);
                Assert.Equal(frame.Has(FrameFlags.Respond), keepAlive.Respond);
                fields["lastReceivedPosition"] = Text(keepAlive.LastReceivedPosition);
                AddIf(true, fields, "data", keepAlive.Data);
                break;
            case FrameType.RequestResponse or FrameType.RequestFireAndForget or FrameType.RequestStream or FrameType.RequestChannel:
                RequestFrame request = RequestFrame.Read(frame);
                Assert.Equal((frame.Type, frame.StreamId, frame.Has(FrameFlags.Follows)), (request.Type, request.StreamId, request.Follows));
                Assert.Equal(frame.Type == FrameType.RequestChannel && frame.Has(FrameFlags.Complete), request.Complete);
                if (request.Type is FrameType.RequestStream or FrameType.RequestChannel)
                {
                    fields["initialRequestN"] = Text(request.InitialRequestN);
                }

                AddIf(request.HasMetadata, fields, "metadata", request.Metadata);
                AddIf(true, fields, "data", request.Data);
                break;
            case FrameType.RequestN:
                fields["requestN"] = Text(RequestNFrame.Read(frame).N);
                break;
            case FrameType.Cancel:
                Assert.Equal(frame.StreamId, CancelFrame.Read(frame).StreamId);
                break;
            case FrameType.Payload:
                PayloadFrame payload = PayloadFrame.Read(frame);
                Assert.Equal((frame.StreamId, frame.Flags), (payload.StreamId, payload.Flags));
                Assert.Equal((frame.Has(FrameFlags.Next), frame.Has(FrameFlags.Complete)), (payload.Next, payload.Complete));
                AddIf(payload.HasMetadata, fields, "metadata", payload.Metadata);
                AddIf(true, fields, "data", payload.Data);
                break;
            case FrameType.Error:
                ErrorFrame error = ErrorFrame.Read(frame);
                fields["code"] = Text((uint)error.Code);
                fields["message"] = error.Message;
                break;
            case FrameType.MetadataPush:
                MetadataPushFrame push = MetadataPushFrame.Read(frame);
                AddIf(push.HasMetadata, fields, "metadata", push.Metadata);
                break;
            case FrameType.Resume:
                ResumeFrame resume = ResumeFrame.Read(frame);
                fields["majorVersion"] = Text(resume.MajorVersion);
                fields["minorVersion"] = Text(resume.MinorVersion);
                fields["lastReceivedServerPosition"] = Text(resume.LastReceivedServerPosition);
                fields["firstAvailableClientPosition"] = Text(resume.FirstAvailableClientPosition);
                AddIf(true, fields, "resumeToken", resume.Token);
                break;
            case FrameType.ResumeOk:
                fields["lastReceivedClientPosition"] = Text(ResumeOkFrame.Read(frame).LastReceivedClientPosition);
                break;
            case FrameType.Extension:
                ExtensionFrame extension = ExtensionFrame.Read(frame);
                Assert.Equal(frame.Has(FrameFlags.Ignore), extension.CanIgnore);
                fields["extendedType"] = Text(extension.ExtendedType);
                AddIf(true, fields, "rest", extension.Rest);
                break;
            default:
                break;
        }
    }

    private static int Write(ArrayBufferWriter<byte> output, SortedDictionary<string, string> fields)
    {
        int streamId = (int)Number(fields, "streamId");
        string letters = fields["flags"];
        bool hasMetadata = fields.ContainsKey("metadata");
        byte[] metadata = Bytes(fields, "metadata");
        byte[] data = Bytes(fields, "data");
        byte[] token = Bytes(fields, "resumeToken");
        FrameFlags followsAndComplete = (letters.Contains('F', StringComparison.Ordinal) ? FrameFlags.Follows : FrameFlags.None)
            | (letters.Contains('C', StringComparison.Ordinal) ? FrameFlags.Complete : FrameFlags.None);
        switch (fields["type"])
        {
            case "SETUP":
                SetupFrame setup = new()
                {
                    MajorVersion = (ushort)Number(fields, "majorVersion"),
                    MinorVersion = (ushort)Number(fields, "minorVersion"),
                    KeepAliveMilliseconds = (int)Number(fields, "keepAlive"),
                    MaxLifetimeMilliseconds = (int)Number(fields, "maxLifetime"),
                    HasResumeToken = fields.ContainsKey("resumeToken"),
                    ResumeToken = new ReadOnlySequence<byte>(token),
                    MetadataMimeType = fields["metadataMimeType"],
                    DataMimeType = fields["dataMimeType"],
                    Lease = letters.Contains('L', StringComparison.Ordinal),
                    HasMetadata = hasMetadata,
                    Metadata = new ReadOnlySequence<byte>(metadata),
                    Data = new ReadOnlySequence<byte>(data),
                };
                SetupFrame.Write(output, setup);
                return SetupFrame.GetLength(setup);
            case "LEASE":
                LeaseFrame.Write(output, (int)Number(fields, "timeToLive"), (int)Number(fields, "numberOfRequests"), hasMetadata, metadata);
                return LeaseFrame.GetLength(metadata.Length);
            case "KEEPALIVE":
                KeepAliveFrame.Write(output, letters == "R", Number(fields, "lastReceivedPosition"), data);
                return KeepAliveFrame.GetLength(data.Length);
            case "REQUEST_N":
                RequestNFrame.Write(output, streamId, (int)Number(fields, "requestN"));
                return RequestNFrame.GetLength();
            case "CANCEL":
                CancelFrame.Write(output, streamId);
                return CancelFrame.GetLength();
            case "PAYLOAD":
                FrameFlags next = letters.Contains('N', StringComparison.Ordinal) ? FrameFlags.Next : FrameFlags.None;
                FrameFlags metadataFlag = hasMetadata ? FrameFlags.Metadata : FrameFlags.None;
                PayloadFrame.Write(output, streamId, followsAndComplete | next | metadataFlag, metadata, data);
                return PayloadFrame.GetLength(hasMetadata, metadata.Length, data.Length);
            case "ERROR":
                ErrorFrame.Write(output, streamId, (ErrorCode)Number(fields, "code"), fields["message"]);
                return ErrorFrame.GetLength(fields["message"]);
            case "METADATA_PUSH":
                MetadataPushFrame.Write(output, metadata);
                return MetadataPushFrame.GetLength(metadata.Length);
            case "RESUME":
                ResumeFrame.Write(
                    output,
                    (ushort)Number(fields, "majorVersion"),
                    (ushort)Number(fields, "minorVersion"),
                    token,
                    Number(fields, "lastReceivedServerPosition"),
                    Number(fields, "firstAvailableClientPosition"));
                return ResumeFrame.GetLength(token.Length);
            case "RESUME_OK":
                ResumeOkFrame.Write(output, Number(fields, "lastReceivedClientPosition"));
                return ResumeOkFrame.GetLength();
            case "EXT":
                byte[] rest = Bytes(fields, "rest");
                FrameFlags extensionFlags = letters == "IM" ? FrameFlags.Ignore | FrameFlags.Metadata : FrameFlags.None;
                ExtensionFrame.Write(output, streamId, extensionFlags, (int)Number(fields, "extendedType"), rest);
                return ExtensionFrame.GetLength(rest.Length);
            default:
                FrameType type = Enum.GetValues<FrameType>().Single(candidate => candidate.SpecName == fields["type"]);
                int n = type is FrameType.RequestStream or FrameType.RequestChannel ? (int)Number(fields, "initialRequestN") : 0;
                RequestFrame.Write(output, type, streamId, followsAndComplete, n, hasMetadata, metadata, data);
                return RequestFrame.GetLength(type, hasMetadata, metadata.Length, data.Length);
        }
    }

    private static string Letters(in Frame frame)
    {
        string low = frame.Type switch
        {
            FrameType.Setup => "RL",
            FrameType.KeepAlive => "R ",
            _ => "FC",
        };
        return (frame.Has(FrameFlags.Ignore) ? "I" : "")
            + (frame.Has(FrameFlags.Metadata) ? "M" : "")
            + (frame.Has(FrameFlags.Follows) ? low[..1] : "")
            + (frame.Has(FrameFlags.Complete) ? low[1..] : "")
            + (frame.Has(FrameFlags.Next) ? "N" : "");
    }

    private static void AddIf(bool present, SortedDictionary<string, string> fields, string name, in ReadOnlySequence<byte> bytes)
    {
        if (present)
        {
            fields[name] = Convert.ToHexStringLower(bytes.ToArray());
        }
        else
        {
            Assert.True(bytes.IsEmpty);
        }
    }

    private static byte[] Bytes(SortedDictionary<string, string> fields, string name) =>
        fields.TryGetValue(name, out string? hex) ? Convert.FromHexString(hex) : [];

    private static long Number(SortedDictionary<string, string> fields, string name) => long.Parse(fields[name], CultureInfo.InvariantCulture);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
