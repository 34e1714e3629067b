using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>Judges every frame that comes from the server by rules that hold whatever the timing, and puts fragments together.</summary>
/// <param name="maxFrameLength">What the server cuts payloads to.</param>
internal sealed class FrameObserver(int maxFrameLength)
{
    private readonly Dictionary<int, Seen> streams = [];
    private readonly Queue<byte[]> echoes = new();

    /// <summary>Whether an ERROR on stream 0 came: nothing follows it.</summary>
    public ErrorCode? ConnectionError { get; private set; }

    /// <summary>A request is about to be sent on an id that is free: what comes on it belongs to that.</summary>
    public void Requested(FuzzFrame frame) =>
        streams[frame.Id] = new Seen { Type = frame.Type, Credit = frame.Type.HasInitialRequestN && frame.FitsContent ? Math.Max(0, frame.Number) : 0 };

    /// <summary>Credit is about to be sent.</summary>
    public void Granted(int id, int n)
    {
        if (n > 0 && streams.TryGetValue(id, out Seen? stream))
        {
            stream.Credit = Math.Min(stream.Credit + n, int.MaxValue);
        }
    }

    /// <summary>A KEEPALIVE that asks for its data is about to be sent.</summary>
    public void EchoWanted(byte[] data) => echoes.Enqueue(data);

    /// <summary>A frame came.</summary>
    /// <returns>What it is for its stream; null for a fragment that is not the last, and for frames of the connection.</returns>
    /// <exception cref="FuzzException">It must not be.</exception>
    public Expectation? Observe(FuzzFrame frame)
    {
        Require(frame.HasHeader, frame, "is shorter than a header");
        Require(ConnectionError is null, frame, "came after the ERROR that ends the connection");
        if (frame.Id == 0)
        {
            OnConnection(frame);
            return null;
        }

        Require(streams.TryGetValue(frame.Id, out Seen? stream), frame, "is on a stream that nobody asked for");
        Require(!stream!.IsOver, frame, "came after the stream was over");
        Require(stream.Type != FrameType.RequestFireAndForget, frame, "answers a fire-and-forget");
        switch (frame.Type)
        {
            case FrameType.Payload:
                return OnPayload(frame, stream);
            case FrameType.Error:
                Require(frame.Body.Length >= 4 && (uint)frame.Number is (>= 0x201 and <= 0x204) or (>= 0x301 and < uint.MaxValue), frame, "has a code that is not for streams");
                Require(!stream.IsComplete, frame, "came after COMPLETE");
                stream.IsOver = true;
                return Expectation.Error((ErrorCode)frame.Number);
            case FrameType.RequestN or FrameType.Cancel:
                Require(stream.Type == FrameType.RequestChannel, frame, "is for a direction that does not exist");
                Require(!stream.IsCancelled, frame, "came after CANCEL");
                stream.IsCancelled = frame.Type == FrameType.Cancel;
                Require(frame.Type == FrameType.Cancel || (frame.Body.Length == 4 && frame.Number > 0), frame, "grants nothing");
                return stream.IsCancelled ? Expectation.Cancel : Expectation.RequestN(frame.Number);
            default:
                throw new FuzzException($"{frame} is nothing a server sends on a stream.");
        }
    }

    private void OnConnection(FuzzFrame frame)
    {
        if (frame.Type == FrameType.Error)
        {
            Require(frame.Body.Length >= 4 && frame.Number is (>= 1 and <= 4) or 0x101 or 0x102, frame, "has a code that is not for connections");
            ConnectionError = (ErrorCode)frame.Number;
            return;
        }

        Require(frame.Type == FrameType.KeepAlive && frame.Body.Length >= 8, frame, "is nothing a server sends on stream 0");
        Require(!frame.Has(FrameFlags.Respond), frame, "asks for an answer although the interval is an hour");
        Require(echoes.TryDequeue(out byte[]? data) && frame.Body[8..].SequenceEqual(data), frame, "is not the echo of what was sent");
    }

    private Expectation? OnPayload(FuzzFrame frame, Seen stream)
    {
        Require(frame.FitsContent, frame, "has metadata longer than itself");
        Require(frame.Length <= maxFrameLength, frame, "is longer than frames to be sent may be");
        Require(!stream.IsComplete, frame, "came after COMPLETE");
        (byte[]? metadata, byte[] data) = frame.Content();
        bool next = frame.Has(FrameFlags.Next);
        bool complete = frame.Has(FrameFlags.Complete);
        bool follows = frame.Has(FrameFlags.Follows);
        Require(!(follows && complete), frame, "has F and C");
        Require(next || complete, frame, "carries neither an element nor an end");
        Require(!stream.IsHalf || next, frame, "is a fragment without N");
        Require(!follows || frame.Length >= 64, frame, "is a fragment below 64 bytes");
        Require(!stream.IsHalf || metadata is null || stream.Data.Count == 0, frame, "has metadata after data");
        Require(!stream.IsHalf || follows || data.Length + (metadata?.Length ?? 0) > 0, frame, "is an empty last fragment");
        if (next && !stream.IsHalf)
        {
            stream.Payloads++;
            long allowed = stream.Type == FrameType.RequestResponse ? 1 : stream.Credit >= int.MaxValue ? long.MaxValue : stream.Credit;
            Require(stream.Payloads <= allowed, frame, $"is payload {stream.Payloads} of {allowed} that were granted");
        }

        stream.HasMetadata |= metadata is not null;
        stream.Metadata.AddRange(metadata ?? []);
        stream.Data.AddRange(data);
        stream.IsHalf = follows;
        if (follows)
        {
            return null;
        }

        Require(next || (metadata is null && data.Length == 0), frame, "is an end with content");
        Expectation whole = next ? Expectation.Payload([.. stream.Metadata], stream.HasMetadata, [.. stream.Data], complete) : Expectation.End;
        stream.Metadata.Clear();
        stream.Data.Clear();
        stream.HasMetadata = false;
        stream.IsComplete = complete;
        stream.IsOver = complete && stream.Type != FrameType.RequestChannel;
        return whole;
    }

    private static void Require(bool holds, FuzzFrame frame, string what)
    {
        if (!holds)
        {
            throw new FuzzException($"From the server: {frame} {what}.");
        }
    }

    private sealed class Seen
    {
        public FrameType Type { get; init; }

        public long Credit { get; set; }

        public long Payloads { get; set; }

        public bool IsOver { get; set; }

        public bool IsComplete { get; set; }

        public bool IsCancelled { get; set; }

        public bool IsHalf { get; set; }

        public bool HasMetadata { get; set; }

        public List<byte> Metadata { get; } = [];

        public List<byte> Data { get; } = [];
    }
}
