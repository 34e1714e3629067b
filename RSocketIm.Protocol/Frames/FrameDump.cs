using System.Globalization;
using System.Text;

namespace RSocketIm.Protocol.Frames;

/// <summary>Describes a frame in one line, for logs and tests.</summary>
public static class FrameDump
{
    /// <summary>Describes a frame, for example "stream 5 REQUEST_STREAM MF n=128 metadata=12 data=300".</summary>
    /// <param name="frame">Any frame, also one that is malformed or of unknown type; never throws for it.</param>
    /// <returns>Stream, type, flags by letter ("-" for none), numbers and lengths in bytes. Never a byte of payload, token, MIME type or error text.</returns>
    public static string Describe(in Frame frame)
    {
        StringBuilder line = new();
        line.Append(CultureInfo.InvariantCulture, $"stream {frame.StreamId} {frame.Type.SpecName} ");
        AppendFlags(line, frame);
        int end = line.Length;
        try
        {
            AppendFields(line, frame);
        }
        catch (ProtocolViolationException broken)
        {
            line.Length = end;
            line.Append(CultureInfo.InvariantCulture, $" body={frame.Body.Length} malformed: {broken.Message}");
        }

        return line.ToString();
    }

    private static void AppendFlags(StringBuilder line, in Frame frame)
    {
        int start = line.Length;
        FrameFlags named = FrameFlags.None;
        foreach ((FrameFlags flag, char letter) in LettersOf(frame.Type))
        {
            named |= flag;
            if (frame.Has(flag))
            {
                line.Append(letter);
            }
        }

        // Bits without a meaning for the type are shown too: a peer that sets them is worth knowing.
        if ((frame.Flags & ~named) is not FrameFlags.None and FrameFlags unnamed)
        {
            line.Append(CultureInfo.InvariantCulture, $"+0x{(int)unnamed:X3}");
        }

        if (line.Length == start)
        {
            line.Append('-');
        }
    }

    private static (FrameFlags Flag, char Letter)[] LettersOf(FrameType type) => type switch
    {
        FrameType.Setup => [(FrameFlags.Ignore, 'I'), (FrameFlags.Metadata, 'M'), (FrameFlags.ResumeEnable, 'R'), (FrameFlags.Lease, 'L')],
        FrameType.KeepAlive => [(FrameFlags.Ignore, 'I'), (FrameFlags.Respond, 'R')],
        FrameType.RequestResponse or FrameType.RequestFireAndForget or FrameType.RequestStream =>
            [(FrameFlags.Ignore, 'I'), (FrameFlags.Metadata, 'M'), (FrameFlags.Follows, 'F')],
        FrameType.RequestChannel =>
            [(FrameFlags.Ignore, 'I'), (FrameFlags.Metadata, 'M'), (FrameFlags.Follows, 'F'), (FrameFlags.Complete, 'C')],
        FrameType.Payload =>
            [(FrameFlags.Ignore, 'I'), (FrameFlags.Metadata, 'M'), (FrameFlags.Follows, 'F'), (FrameFlags.Complete, 'C'), (FrameFlags.Next, 'N')],
        _ => [(FrameFlags.Ignore, 'I'), (FrameFlags.Metadata, 'M')],
    };

    private static void AppendFields(StringBuilder line, in Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.Setup:
                SetupFrame setup = SetupFrame.Read(frame);
                Append(line, "version", $"{setup.MajorVersion}.{setup.MinorVersion}");
                Append(line, "keepalive", setup.KeepAliveMilliseconds);
                Append(line, "lifetime", setup.MaxLifetimeMilliseconds);
                AppendIf(setup.HasResumeToken, line, "token", setup.ResumeToken.Length);
                AppendIf(setup.HasMetadata, line, "metadata", setup.Metadata.Length);
                Append(line, "data", setup.Data.Length);
                break;
            case FrameType.Lease:
                LeaseFrame lease = LeaseFrame.Read(frame);
                Append(line, "ttl", lease.TimeToLiveMilliseconds);
                Append(line, "requests", lease.NumberOfRequests);
                AppendIf(lease.HasMetadata, line, "metadata", lease.Metadata.Length);
                break;
            case FrameType.KeepAlive:
                KeepAliveFrame keepAlive = KeepAliveFrame.Read(frame);
                Append(line, "position", keepAlive.LastReceivedPosition);
                Append(line, "data", keepAlive.Data.Length);
                break;
            case FrameType.RequestResponse or FrameType.RequestFireAndForget or FrameType.RequestStream or FrameType.RequestChannel:
                RequestFrame request = RequestFrame.Read(frame);
                AppendIf(request.Type.HasInitialRequestN, line, "n", request.InitialRequestN);
                AppendIf(request.HasMetadata, line, "metadata", request.Metadata.Length);
                Append(line, "data", request.Data.Length);
                break;
            case FrameType.RequestN:
                Append(line, "n", RequestNFrame.Read(frame).N);
                break;
            case FrameType.Payload:
                PayloadFrame payload = PayloadFrame.Read(frame);
                AppendIf(payload.HasMetadata, line, "metadata", payload.Metadata.Length);
                Append(line, "data", payload.Data.Length);
                break;
            case FrameType.Error:
                ErrorFrame error = ErrorFrame.Read(frame);
                Append(line, "code", Enum.IsDefined(error.Code) ? error.Code.ToString() : $"0x{(uint)error.Code:X3}");
                Append(line, "data", error.Data.Length);
                break;
            case FrameType.MetadataPush:
                Append(line, "metadata", MetadataPushFrame.Read(frame).Metadata.Length);
                break;
            case FrameType.Resume:
                ResumeFrame resume = ResumeFrame.Read(frame);
                Append(line, "version", $"{resume.MajorVersion}.{resume.MinorVersion}");
                Append(line, "token", resume.Token.Length);
                Append(line, "received", resume.LastReceivedServerPosition);
                Append(line, "available", resume.FirstAvailableClientPosition);
                break;
            case FrameType.ResumeOk:
                Append(line, "received", ResumeOkFrame.Read(frame).LastReceivedClientPosition);
                break;
            case FrameType.Extension:
                ExtensionFrame extension = ExtensionFrame.Read(frame);
                Append(line, "extended", extension.ExtendedType);
                Append(line, "rest", extension.Rest.Length);
                break;
            default:
                AppendIf(!frame.Body.IsEmpty, line, "body", frame.Body.Length);
                break;
        }
    }

    private static void AppendIf(bool condition, StringBuilder line, string name, long value)
    {
        if (condition)
        {
            Append(line, name, value);
        }
    }

    private static void Append(StringBuilder line, string name, long value) => line.Append(CultureInfo.InvariantCulture, $" {name}={value}");

    private static void Append(StringBuilder line, string name, string value) => line.Append(CultureInfo.InvariantCulture, $" {name}={value}");
}
