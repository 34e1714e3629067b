using System.Buffers;
using System.Buffers.Binary;
using RSocketIm.LoadTest.Fuzzing.Targets;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>Makes the next frame of a sequence: mostly what a client may send now, often what it may not, seldom what ends the connection.</summary>
/// <remarks>Not thread-safe; one object per sequence.</remarks>
internal sealed class SequenceMaker(FuzzRandom random, bool inBursts)
{
    private readonly ArrayBufferWriter<byte> output = new();
    private readonly HashSet<int> used = [];
    private int nextId = 1;
    private int left = -1;

    /// <summary>The frames made so far.</summary>
    public List<byte[]> Frames { get; } = [];

    /// <summary>The next frame; null when it is enough.</summary>
    public byte[]? Next(ConnectionModel model)
    {
        left = left < 0 ? random.Between(1, 40) : left - 1;
        if (left == 0)
        {
            return null;
        }

        byte[] frame = Frames.Count == 0 ? First() : Make(model);
        while (Frames.Count > 0 && inBursts && DependsOnTiming(frame))
        {
            frame = Make(model);
        }

        Frames.Add(frame);
        FuzzFrame made = new(frame);
        if (made.HasHeader && made.Type.IsRequest)
        {
            used.Add(made.Id);
        }

        return frame;
    }

    // What means one thing or another according to what the server has done so far.
    private bool DependsOnTiming(byte[] bytes)
    {
        FuzzFrame frame = new(bytes);
        return frame.HasHeader && ((frame.Type.IsRequest && used.Contains(frame.Id)) || (frame.Type == FrameType.Error && frame.Id == 0));
    }

    private byte[] First()
    {
        if (!random.OneIn(8))
        {
            return Setup();
        }

        byte[] frame = random.OneIn(2) ? Setup() : Any();
        return random.OneIn(3) ? frame : Damage(frame);
    }

    private byte[] Make(ConnectionModel model)
    {
        byte[] frame = random.Below(100) switch
        {
            < 22 => Request(NewId()),
            < 27 => Request(SomeId(model)),
            < 49 => RequestN(SomeId(model)),
            < 74 => Payload(SomeId(model)),
            < 80 => Frame(SomeId(model), FrameType.Cancel, 0, []),
            < 83 => Frame(SomeId(model), FrameType.Error, 0, Int32(random.Pick<int>([0x201, 0x202, 0x203, 0x204, 0x301, 0]))),
            < 90 => KeepAlive(),
            < 94 => Odd(),
            < 95 => Ending(),
            _ => Any(),
        };
        return random.OneIn(40) ? Damage(frame) : frame;
    }

    private int NewId()
    {
        int id = nextId;
        nextId += random.OneIn(10) ? 4 : 2;
        return id;
    }

    private int SomeId(ConnectionModel model)
    {
        int[] open = [.. model.Open, .. model.Half];
        return open.Length > 0 && !random.OneIn(6) ? random.Pick<int>(open)
            : random.Pick<int>([0, 2, 1, 3, nextId, int.MaxValue, 5, random.Between(0, nextId)]);
    }

    private byte[] Request(int id)
    {
        FrameType type = random.Pick<FrameType>(
            [FrameType.RequestStream, FrameType.RequestStream, FrameType.RequestChannel, FrameType.RequestChannel, FrameType.RequestChannel, FrameType.RequestResponse, FrameType.RequestFireAndForget]);
        FrameFlags flags = random.OneIn(6) ? FrameFlags.Follows : 0;
        flags |= type == FrameType.RequestChannel && random.OneIn(6) ? FrameFlags.Complete : 0;
        byte[] n = type.HasInitialRequestN ? Int32(Credit()) : [];
        byte[] content = Content(FuzzPlan.Random(random), ref flags);
        return Frame(id, type, flags, [.. n, .. content]);
    }

    private byte[] Payload(int id)
    {
        FrameFlags flags = random.Pick<FrameFlags>(
            [
                FrameFlags.Next, FrameFlags.Next, FrameFlags.Next, FrameFlags.Next | FrameFlags.Complete, FrameFlags.Complete, FrameFlags.Follows | FrameFlags.Next,
                FrameFlags.Follows | FrameFlags.Next, FrameFlags.Follows, 0, FrameFlags.Follows | FrameFlags.Complete | FrameFlags.Next,
            ]);
        byte[] data = new byte[random.Length(random.OneIn(10) ? 700 : 120)];
        random.Fill(data);
        byte[] content = Content(data, ref flags);
        return Frame(id, FrameType.Payload, flags, content);
    }

    private byte[] RequestN(int id) => Frame(id, FrameType.RequestN, 0, Int32(Credit()));

    private int Credit() => random.Below(12) switch
    {
        0 => 0,
        1 => int.MaxValue,
        2 => (int)random.Boundary(),
        _ => random.Between(1, 6),
    };

    private byte[] KeepAlive()
    {
        byte[] data = new byte[random.Length(300)];
        random.Fill(data);
        return Frame(random.OneIn(10) ? 3 : 0, FrameType.KeepAlive, random.OneIn(4) ? 0 : FrameFlags.Respond, [.. new byte[8], .. data]);
    }

    // Legal to ignore, and must be.
    private byte[] Odd() => random.Below(8) switch
    {
        0 => Setup(),
        1 => Frame(0, FrameType.ResumeOk, 0, new byte[8]),
        2 => Frame(0, FrameType.Lease, 0, [.. Int32(1_000), .. Int32(5)]),
        3 => Frame(random.Below(2), FrameType.MetadataPush, random.OneIn(2) ? FrameFlags.Metadata : 0, [1, 2, 3]),
        4 => Frame(0, FrameType.Extension, FrameFlags.Ignore, Int32(7)),
        5 => Frame(random.Below(4), (FrameType)random.Between(0x0F, 0x3E), FrameFlags.Ignore, [1]),
        6 => Frame(0, FrameType.Resume, FrameFlags.Ignore, []),
        _ => Frame(0, FrameType.Error, 0, Int32(random.Between(1, 4))),
    };

    private byte[] Ending() => random.Below(7) switch
    {
        0 => Frame(0, FrameType.Error, 0, Int32(0x101)),
        1 or 2 => Frame(0, FrameType.Error, 0, Int32(0x102)),
        3 => Frame(0, FrameType.Resume, 0, new byte[24]),
        4 => Frame(0, FrameType.Extension, 0, Int32(7)),
        5 => new byte[random.Below(6)],
        _ => Frame(1, FrameType.Payload, FrameFlags.Next, new byte[ConnectionModel.MaxFrameLength]),
    };

    private byte[] Any()
    {
        output.ResetWrittenCount();
        FrameBytes.Write(random, output);
        return output.WrittenSpan.ToArray();
    }

    private byte[] Damage(byte[] frame)
    {
        byte[] damaged = new FuzzMutator(random).Mutate(frame, [], random.Between(1, 2));
        return damaged.Length > 20_000 ? frame : damaged;
    }

    private byte[] Setup()
    {
        byte[] mime = [10, .. "text/plain"u8];
        FrameFlags flags = random.OneIn(20) ? FrameFlags.Lease : 0;
        return Frame(0, FrameType.Setup, flags, [0, 1, 0, 0, .. Int32(3_600_000), .. Int32(7_200_000), .. mime, .. mime]);
    }

    private byte[] Content(byte[] data, ref FrameFlags flags)
    {
        if (!random.OneIn(4))
        {
            return data;
        }

        flags |= FrameFlags.Metadata;
        byte[] metadata = new byte[random.Length(80)];
        random.Fill(metadata);
        return [0, (byte)(metadata.Length >> 8), (byte)metadata.Length, .. metadata, .. data];
    }

    private static byte[] Frame(int id, FrameType type, FrameFlags flags, byte[] body)
    {
        byte[] frame = new byte[6 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, id);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(4), (ushort)(((int)type << 10) | (int)flags));
        body.CopyTo(frame, 6);
        return frame;
    }

    private static byte[] Int32(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
}
