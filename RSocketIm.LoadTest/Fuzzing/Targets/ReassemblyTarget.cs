using System.Buffers;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>Fragments of several streams in any order, against a plain model of what they make together; pooled memory is counted.</summary>
internal sealed class ReassemblyTarget : FuzzTarget
{
    private static readonly ReassemblyOptions Bounds = new() { MaxPayloadBytes = 600, MaxPartials = 4, MaxPartialBytes = 1_000, MaxAge = TimeSpan.FromSeconds(1) };

    private readonly CountingPool pool = new();
    private readonly ArrayBufferWriter<byte> frame = new();
    private readonly Dictionary<int, Expected> model = [];

    public override string Name => "reassembly";

    public override void Generate(FuzzRandom random, ArrayBufferWriter<byte> output)
    {
        for (int left = random.Between(1, random.OneIn(50) ? 120 : 14); left > 0; left--)
        {
            frame.ResetWrittenCount();
            int id = random.Between(1, 5);
            FrameType type = random.Below(12) switch
            {
                0 => FrameType.RequestStream,
                1 => FrameType.RequestChannel,
                2 => FrameType.RequestFireAndForget,
                3 => FrameType.Cancel,
                4 when random.OneIn(4) => FrameType.KeepAlive, // here: time passes
                _ => FrameType.Payload,
            };
            FrameFlags flags = random.Below(6) switch
            {
                0 => FrameFlags.None,
                1 => FrameFlags.Follows | FrameFlags.Complete,
                2 => FrameFlags.Complete | FrameFlags.Next,
                _ => FrameFlags.Follows | FrameFlags.Next,
            };
            flags |= random.OneIn(3) ? FrameFlags.Metadata : FrameFlags.None;
            FrameBytes.WriteHeader(frame, id, type, flags);
            if (type.HasInitialRequestN)
            {
                FrameBytes.WriteInt32(frame, random.Between(1, 9));
            }

            FrameBytes.WriteContent(random, frame, flags);
            FrameBytes.WriteInt24(output, frame.WrittenCount);
            output.Write(frame.WrittenSpan);
        }
    }

    public override bool IsDocumented(Exception error) => error is ProtocolViolationException;

    // The pool's arrays are new at first, and payloads that were put together are compared as copies.
    public override long AllocationLimit(int length) => 262_144 + (512L * length);

    public override ulong Read(in ReadOnlySequence<byte> input)
    {
        FuzzDigest digest = default;
        FakeClock clock = new();
        model.Clear();
        Shape = 0;
        try
        {
            using Reassembler reassembler = new(Bounds, clock, pool);
            ReadOnlySequence<byte> buffer = input;
            while (FrameReader.TryReadLengthPrefixed(ref buffer, 8_192, out ReadOnlySequence<byte> bytes))
            {
                Step(reassembler, FrameReader.Read(bytes), clock, ref digest);
                Require(reassembler.Count == model.Count, $"{reassembler.Count} payloads are incomplete, not {model.Count}.");
                Require(reassembler.Bytes == model.Values.Sum(static each => each.Length), $"The bytes of incomplete payloads are counted as {reassembler.Bytes}.");
            }
        }
        finally
        {
            int left = pool.Rented;
            Require(left == 0, $"{left} arrays were not given back.");
        }

        return digest.Value;
    }

    private void Step(Reassembler reassembler, in Frame frame, FakeClock clock, ref FuzzDigest digest)
    {
        if (frame.Type == FrameType.Cancel)
        {
            reassembler.Discard(frame.StreamId);
            model.Remove(frame.StreamId);
        }
        else if (frame.Type == FrameType.KeepAlive)
        {
            clock.Advance(TimeSpan.FromMilliseconds(700));
            Expire(reassembler, clock);
        }
        else if (frame.Type.IsRequest)
        {
            RequestFrame request = RequestFrame.Read(frame);
            if (request.Follows && !reassembler.Contains(request.StreamId))
            {
                Expected expected = new() { Type = request.Type, Complete = request.Complete, Next = true, N = request.InitialRequestN };
                Note(reassembler.Begin(request), Expect(expected, request.StreamId, request.HasMetadata, request.Metadata, request.Data, clock, first: true), ref digest);
            }
        }
        else if (frame.Type == FrameType.Payload)
        {
            OnPayload(reassembler, PayloadFrame.Read(frame), clock, ref digest);
        }
    }

    private void OnPayload(Reassembler reassembler, in PayloadFrame payload, FakeClock clock, ref FuzzDigest digest)
    {
        int id = payload.StreamId;
        if (!reassembler.Contains(id))
        {
            Require(!model.ContainsKey(id), $"The fragments of stream {id} are lost.");
            if (payload.Follows)
            {
                Expected expected = new() { Type = FrameType.Payload, Next = payload.Next };
                Note(reassembler.Begin(payload), Expect(expected, id, payload.HasMetadata, payload.Metadata, payload.Data, clock, first: true), ref digest);
            }

            return;
        }

        Require(model.TryGetValue(id, out Expected? partial), $"Stream {id} has fragments that nobody sent.");
        ReassemblyOutcome outcome = Expect(partial!, id, payload.HasMetadata, payload.Metadata, payload.Data, clock, first: false);
        if (outcome == ReassemblyOutcome.Incomplete)
        {
            partial!.Next |= payload.Next;
            if (!payload.Follows)
            {
                outcome = ReassemblyOutcome.Whole;
                partial.Complete |= payload.Complete;
            }
        }

        if (outcome != ReassemblyOutcome.Incomplete)
        {
            model.Remove(id);
        }

        Note(reassembler.Append(payload, out PartialPayload? whole), outcome, ref digest);
        Require(whole is not null == (outcome == ReassemblyOutcome.Whole), "A payload came with the wrong outcome.");
        using (whole)
        {
            if (whole is not null)
            {
                Compare(whole, partial!, ref digest);
            }
        }
    }

    private void Note(ReassemblyOutcome actual, ReassemblyOutcome expected, ref FuzzDigest digest)
    {
        Require(actual == expected, $"The outcome was {actual}, not {expected}.");
        digest.Add((ulong)actual);
        Shape |= 1UL << (int)actual;
    }

    private static void Compare(PartialPayload whole, Expected expected, ref FuzzDigest digest)
    {
        Require(whole.Data.ToArray().AsSpan().SequenceEqual(expected.Data.WrittenSpan), "The data are not those of the fragments.");
        Require(whole.Metadata.ToArray().AsSpan().SequenceEqual(expected.Metadata.WrittenSpan), "The metadata are not those of the fragments.");
        Require(
            (whole.FirstType, whole.HasMetadata, whole.Next, whole.Complete, whole.InitialRequestN)
                == (expected.Type, expected.HasMetadata, expected.Next, expected.Complete, expected.N),
            "Flags or initial n are not those of the fragments.");
        digest.Add(whole.Metadata);
        digest.Add(whole.Data);
    }

    private void Expire(Reassembler reassembler, FakeClock clock)
    {
        Span<int> expired = stackalloc int[2];
        for (int count; (count = reassembler.TakeExpired(expired)) > 0;)
        {
            foreach (int id in expired[..count])
            {
                Require(model.Remove(id, out Expected? partial) && clock.Now - partial.At > Bounds.MaxAge, $"Stream {id} expired too early.");
            }
        }

        Require(model.Values.All(partial => clock.Now - partial.At <= Bounds.MaxAge), "A payload that is too old was kept.");
    }

    // The bounds in the order in which they are judged.
    private ReassemblyOutcome Expect(
        Expected partial, int id, bool hasMetadata, in ReadOnlySequence<byte> metadata, in ReadOnlySequence<byte> data, FakeClock clock, bool first)
    {
        long incoming = metadata.Length + data.Length;
        long length = partial.Length + incoming;
        ReassemblyOutcome outcome = first && model.Count >= Bounds.MaxPartials ? ReassemblyOutcome.TooManyPartials
            : hasMetadata && partial.Data.WrittenCount > 0 ? ReassemblyOutcome.MetadataAfterData
            : length > Bounds.MaxPayloadBytes ? ReassemblyOutcome.PayloadTooLarge
            : partial.Fragments + 1 > 64 + (length / 32) ? ReassemblyOutcome.TooManyFragments
            : model.Values.Sum(static each => each.Length) + incoming > Bounds.MaxPartialBytes ? ReassemblyOutcome.ConnectionBytesExceeded
            : ReassemblyOutcome.Incomplete;
        if (outcome == ReassemblyOutcome.Incomplete)
        {
            partial.Add(hasMetadata, metadata, data, clock.Now);
            model[id] = partial;
        }

        return outcome;
    }

    private sealed class Expected
    {
        public FrameType Type { get; init; }

        public int N { get; init; }

        public bool HasMetadata { get; private set; }

        public bool Next { get; set; }

        public bool Complete { get; set; }

        public int Fragments { get; private set; }

        public TimeSpan At { get; private set; }

        public ArrayBufferWriter<byte> Metadata { get; } = new();

        public ArrayBufferWriter<byte> Data { get; } = new();

        public long Length => Metadata.WrittenCount + Data.WrittenCount;

        public void Add(bool hasMetadata, in ReadOnlySequence<byte> metadata, in ReadOnlySequence<byte> data, TimeSpan now)
        {
            HasMetadata |= hasMetadata;
            Fragments++;
            At = now;
            Append(Metadata, metadata);
            Append(Data, data);
        }

        private static void Append(ArrayBufferWriter<byte> output, in ReadOnlySequence<byte> bytes)
        {
            foreach (ReadOnlyMemory<byte> piece in bytes)
            {
                output.Write(piece.Span);
            }
        }
    }

    private sealed class FakeClock : TimeProvider
    {
        public TimeSpan Now { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public void Advance(TimeSpan time) => Now += time;
    }
}
