using System.Buffers;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>One frame of any type: header, fields, and the line that a log would show.</summary>
internal sealed class FrameTarget : FuzzTarget
{
    private readonly ArrayBufferWriter<byte> written = new();

    public override string Name => "frames";

    public override IEnumerable<byte[]> Seeds => [.. Vectors.Hex("frames.json", "frames", "hex"), .. Vectors.Hex("frames.json", "malformed", "hex")];

    public override void Generate(FuzzRandom random, ArrayBufferWriter<byte> output) => FrameBytes.Write(random, output);

    public override bool IsDocumented(Exception error) => error is ProtocolViolationException { Code: ErrorCode.ConnectionError or ErrorCode.InvalidSetup };

    public override ulong Read(in ReadOnlySequence<byte> input)
    {
        Frame frame = FrameReader.Read(input);
        Shape = ((ulong)frame.Type << 10) | (ulong)frame.Flags;
        ulong digest = Digest(frame);
        Require(FrameDump.Describe(frame).Length is > 0 and < 8_192, "The line for the log is empty or endless.");
        return digest;
    }

    public override void Check(byte[] input, ulong digest)
    {
        Frame frame = FrameReader.Read(new ReadOnlySequence<byte>(input));
        written.ResetWrittenCount();
        int announced = Write(frame);
        if (announced < 0)
        {
            return; // a frame that our writers refuse to make
        }

        Require(announced == written.WrittenCount, $"GetLength says {announced}, {written.WrittenCount} bytes were written.");
        ulong again = Digest(FrameReader.Read(new ReadOnlySequence<byte>(written.WrittenMemory)));
        Require(again == digest, $"Read, written and read again, the frame is another: {Convert.ToHexString(written.WrittenSpan)}.");
    }

    private static ulong Digest(in Frame frame)
    {
        FuzzDigest digest = default;
        digest.Add((long)frame.StreamId);
        digest.Add((ulong)frame.Type);
        switch (frame.Type)
        {
            case FrameType.Setup:
                SetupFrame setup = SetupFrame.Read(frame);
                digest.Add((ulong)setup.MajorVersion);
                digest.Add((ulong)setup.MinorVersion);
                digest.Add((long)setup.KeepAliveMilliseconds);
                digest.Add((long)setup.MaxLifetimeMilliseconds);
                digest.Add(setup.HasResumeToken);
                digest.Add(setup.ResumeToken);
                digest.Add(setup.MetadataMimeType);
                digest.Add(setup.DataMimeType);
                digest.Add(setup.Lease);
                Add(ref digest, setup.HasMetadata, setup.Metadata, setup.Data);
                break;
            case FrameType.Lease:
                LeaseFrame lease = LeaseFrame.Read(frame);
                digest.Add((long)lease.TimeToLiveMilliseconds);
                digest.Add((long)lease.NumberOfRequests);
                Add(ref digest, lease.HasMetadata, lease.Metadata, default);
                break;
            case FrameType.KeepAlive:
                KeepAliveFrame keepAlive = KeepAliveFrame.Read(frame);
                digest.Add(keepAlive.Respond);
                digest.Add(keepAlive.LastReceivedPosition);
                digest.Add(keepAlive.Data);
                break;
            case FrameType.RequestN:
                digest.Add((long)RequestNFrame.Read(frame).N);
                break;
            case FrameType.Cancel:
                digest.Add((long)CancelFrame.Read(frame).StreamId);
                break;
            case FrameType.Payload:
                PayloadFrame payload = PayloadFrame.Read(frame);
                digest.Add(payload.Next);
                digest.Add(payload.Complete);
                digest.Add(payload.Follows);
                Add(ref digest, payload.HasMetadata, payload.Metadata, payload.Data);
                break;
            case FrameType.Error:
                ErrorFrame error = ErrorFrame.Read(frame);
                digest.Add((ulong)error.Code);
                digest.Add(error.Message.Replace("\0", "", StringComparison.Ordinal));
                break;
            case FrameType.MetadataPush:
                MetadataPushFrame push = MetadataPushFrame.Read(frame);
                Add(ref digest, push.HasMetadata, push.Metadata, default);
                break;
            case FrameType.Resume:
                ResumeFrame resume = ResumeFrame.Read(frame);
                digest.Add((ulong)resume.MajorVersion);
                digest.Add((ulong)resume.MinorVersion);
                digest.Add(resume.Token);
                digest.Add(resume.LastReceivedServerPosition);
                digest.Add(resume.FirstAvailableClientPosition);
                break;
            case FrameType.ResumeOk:
                digest.Add(ResumeOkFrame.Read(frame).LastReceivedClientPosition);
                break;
            case FrameType.Extension:
                ExtensionFrame extension = ExtensionFrame.Read(frame);
                digest.Add(extension.CanIgnore);
                digest.Add((long)extension.ExtendedType);
                digest.Add(extension.Rest);
                break;
            default:
                if (frame.Type.IsRequest)
                {
                    RequestFrame request = RequestFrame.Read(frame);
                    digest.Add(request.Follows);
                    digest.Add(request.Complete);
                    digest.Add((long)request.InitialRequestN);
                    Add(ref digest, request.HasMetadata, request.Metadata, request.Data);
                }

                break;
        }

        return digest.Value;
    }

    private static void Add(ref FuzzDigest digest, bool hasMetadata, in ReadOnlySequence<byte> metadata, in ReadOnlySequence<byte> data)
    {
        digest.Add(hasMetadata);
        digest.Add(metadata);
        digest.Add(data);
    }

    // The length that was announced, or -1 when there is no such frame to be written.
    private int Write(in Frame frame)
    {
        bool onConnection = frame.StreamId == 0;
        switch (frame.Type)
        {
            case FrameType.Setup when onConnection:
                SetupFrame setup = SetupFrame.Read(frame);
                SetupFrame.Write(written, setup);
                return SetupFrame.GetLength(setup);
            case FrameType.Lease when onConnection:
                LeaseFrame lease = LeaseFrame.Read(frame);
                LeaseFrame.Write(written, lease.TimeToLiveMilliseconds, lease.NumberOfRequests, lease.HasMetadata, lease.Metadata.ToArray());
                return LeaseFrame.GetLength((int)lease.Metadata.Length);
            case FrameType.KeepAlive when onConnection:
                KeepAliveFrame keepAlive = KeepAliveFrame.Read(frame);
                KeepAliveFrame.Write(written, keepAlive.Respond, keepAlive.LastReceivedPosition, keepAlive.Data);
                return KeepAliveFrame.GetLength((int)keepAlive.Data.Length);
            case FrameType.RequestN:
                RequestNFrame requestN = RequestNFrame.Read(frame);
                if (!requestN.IsValid)
                {
                    return -1;
                }

                RequestNFrame.Write(written, requestN.StreamId, requestN.N);
                return RequestNFrame.GetLength();
            case FrameType.Cancel:
                CancelFrame.Write(written, frame.StreamId);
                return CancelFrame.GetLength();
            case FrameType.Payload:
                PayloadFrame payload = PayloadFrame.Read(frame);
                PayloadFrame.Write(written, payload.StreamId, payload.Flags, payload.Metadata.ToArray(), payload.Data.ToArray());
                return PayloadFrame.GetLength(payload.HasMetadata, (int)payload.Metadata.Length, (int)payload.Data.Length);
            case FrameType.Error:
                ErrorFrame error = ErrorFrame.Read(frame);
                string message = error.Message;
                if (System.Text.Encoding.UTF8.GetByteCount(message) > ErrorFrame.MaxMessageLength)
                {
                    return -1; // bytes that were no UTF-8 became longer characters, and the writer cuts
                }

                ErrorFrame.Write(written, error.StreamId, error.Code, message);
                return ErrorFrame.GetLength(message);
            case FrameType.MetadataPush when onConnection && frame.Has(FrameFlags.Metadata):
                MetadataPushFrame push = MetadataPushFrame.Read(frame);
                MetadataPushFrame.Write(written, push.Metadata.ToArray());
                return MetadataPushFrame.GetLength((int)push.Metadata.Length);
            case FrameType.Resume when onConnection:
                ResumeFrame resume = ResumeFrame.Read(frame);
                ResumeFrame.Write(
                    written, resume.MajorVersion, resume.MinorVersion, resume.Token.ToArray(), resume.LastReceivedServerPosition, resume.FirstAvailableClientPosition);
                return ResumeFrame.GetLength((int)resume.Token.Length);
            case FrameType.ResumeOk when onConnection:
                ResumeOkFrame.Write(written, ResumeOkFrame.Read(frame).LastReceivedClientPosition);
                return ResumeOkFrame.GetLength();
            case FrameType.Extension:
                ExtensionFrame extension = ExtensionFrame.Read(frame);
                if (extension.ExtendedType == 0)
                {
                    return -1;
                }

                ExtensionFrame.Write(written, extension.StreamId, extension.Flags, extension.ExtendedType, extension.Rest.ToArray());
                return ExtensionFrame.GetLength((int)extension.Rest.Length);
            default:
                return frame.Type.IsRequest ? WriteRequest(RequestFrame.Read(frame)) : -1;
        }
    }

    private int WriteRequest(in RequestFrame request)
    {
        if (request.Type.HasInitialRequestN && request.InitialRequestN <= 0)
        {
            return -1;
        }

        FrameFlags flags = (request.Follows ? FrameFlags.Follows : 0) | (request.Complete ? FrameFlags.Complete : 0);
        RequestFrame.Write(
            written, request.Type, request.StreamId, flags, request.InitialRequestN, request.HasMetadata, request.Metadata.ToArray(), request.Data.ToArray());
        return RequestFrame.GetLength(request.Type, request.HasMetadata, (int)request.Metadata.Length, (int)request.Data.Length);
    }
}
