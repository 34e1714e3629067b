using System.Buffers;
using RSocketIm.Protocol.Payloads.Metadata;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>Composite metadata and what is in them: routes, credentials, MIME types, tracing.</summary>
/// <remarks>The first byte of an input says what the rest is; the entries of composite metadata say it themselves.</remarks>
internal sealed class MetadataTarget : FuzzTarget
{
    private const byte CompositeKind = 0;

    private static readonly WellKnownMimeType[] Kinds =
    [
        WellKnownMimeType.CompositeMetadata, WellKnownMimeType.Routing, WellKnownMimeType.Authentication, WellKnownMimeType.ZipkinTracing,
        WellKnownMimeType.DataMimeType, WellKnownMimeType.AcceptMimeTypes,
    ];

    private readonly ArrayBufferWriter<byte> written = new();
    private readonly ArrayBufferWriter<byte> content = new();

    public override string Name => "metadata";

    public override IEnumerable<byte[]> Seeds =>
        from entry in Vectors.Load("metadata.json").GetProperty("cases").EnumerateArray()
        let kind = entry.GetProperty("kind").GetString() switch
        {
            "composite" => CompositeKind,
            "routing" => (byte)1,
            "zipkin" => (byte)3,
            "dataMimeType" => (byte)4,
            "acceptMimeTypes" => (byte)5,
            _ => (byte)2,
        }
        select (byte[])[kind, .. Convert.FromHexString(entry.GetProperty("bytes").GetString()!)];

    public override void Generate(FuzzRandom random, ArrayBufferWriter<byte> output)
    {
        byte kind = (byte)random.Below(Kinds.Length + 2);
        kind = kind < Kinds.Length ? kind : CompositeKind;
        output.Write([kind]);
        if (kind != CompositeKind)
        {
            WriteContent(random, output, Kinds[kind]);
            return;
        }

        for (int left = random.Below(6); left > 0; left--)
        {
            WellKnownMimeType type = random.OneIn(4) ? (WellKnownMimeType)random.Below(128) : random.Pick<WellKnownMimeType>(Kinds);
            WriteType(random, output, (byte)type);
            content.ResetWrittenCount();
            WriteContent(random, content, type);
            FrameBytes.WriteInt24(output, content.WrittenCount);
            output.Write(content.WrittenSpan);
        }
    }

    public override bool IsDocumented(Exception error) => error is MetadataFormatException;

    public override ulong Read(in ReadOnlySequence<byte> input)
    {
        Shape = 0;
        if (input.IsEmpty)
        {
            return 0;
        }

        int kind = input.FirstSpan.IsEmpty ? input.ToArray()[0] : input.FirstSpan[0];
        FuzzDigest digest = default;
        ReadOnlySequence<byte> rest = input.Slice(1);
        Shape = (ulong)(kind % Kinds.Length);
        if (kind % Kinds.Length == CompositeKind)
        {
            ReadComposite(rest, ref digest);
        }
        else
        {
            ReadContent(Kinds[kind % Kinds.Length], rest, ref digest);
        }

        return digest.Value;
    }

    public override void Check(byte[] input, ulong digest)
    {
        if (input.Length == 0)
        {
            return;
        }

        int kind = input[0] % Kinds.Length;
        ReadOnlySequence<byte> rest = new(input, 1, input.Length - 1);
        written.ResetWrittenCount();
        written.Write([input[0]]);
        switch (Kinds[kind])
        {
            case WellKnownMimeType.CompositeMetadata:
                CompositeMetadataReader reader = new(rest);
                CompositeMetadataWriter writer = new(written);
                while (reader.TryRead(out CompositeMetadataEntry entry))
                {
                    if (entry.Id is { } id)
                    {
                        writer.Write(id, entry.Content.ToArray());
                    }
                    else
                    {
                        writer.Write(entry.MimeType!, entry.Content.ToArray());
                    }
                }

                break;
            case WellKnownMimeType.Routing:
                RoutingMetadata.Write(written, [.. RoutingMetadata.ReadTags(rest)]);
                Require(written.WrittenSpan.SequenceEqual(input), "Tags are written differently than they were read.");
                break;
            case WellKnownMimeType.Authentication:
                AuthenticationMetadata.Read(rest).WriteTo(written);
                break;
            case WellKnownMimeType.ZipkinTracing:
                ZipkinTracingMetadata.Read(rest).WriteTo(written);
                break;
            case WellKnownMimeType.DataMimeType:
                if (DataMimeTypeMetadata.Read(rest) is not { } mimeType)
                {
                    return;
                }

                DataMimeTypeMetadata.Write(written, mimeType);
                break;
            default:
                AcceptMimeTypesMetadata.Write(written, [.. AcceptMimeTypesMetadata.Read(rest)]);
                break;
        }

        Require(Read(new ReadOnlySequence<byte>(written.WrittenMemory)) == digest, "Read, written and read again, the metadata are others.");
    }

    private void ReadComposite(ReadOnlySequence<byte> metadata, ref FuzzDigest digest)
    {
        CompositeMetadataReader reader = new(metadata);
        bool routed = false;
        ReadOnlySequence<byte> first = default;
        while (reader.TryRead(out CompositeMetadataEntry entry))
        {
            string? mimeType = entry.MimeType;
            Require(mimeType is not null || entry.IsWellKnown, "An entry has neither name nor number.");
            digest.Add(Canonical(mimeType) ?? $"#{(int)entry.Id!}");
            digest.Add(entry.Content);
            foreach (WellKnownMimeType kind in Kinds)
            {
                if (entry.Is(kind))
                {
                    ReadInner(kind, entry.Content, ref digest);
                    first = !routed && kind == WellKnownMimeType.Routing ? entry.Content : first;
                    routed |= kind == WellKnownMimeType.Routing;
                    Shape = (Shape << 3) + (ulong)kind;
                }
            }
        }

        Require(!routed || TryReadRoute(metadata) == TryReadFirstTag(first), "The route is not the first tag of the first routing entry.");
    }

    // What one entry holds concerns nobody but who asks for it.
    private void ReadInner(WellKnownMimeType kind, ReadOnlySequence<byte> inner, ref FuzzDigest digest)
    {
        try
        {
            ReadContent(kind, inner, ref digest);
        }
        catch (MetadataFormatException)
        {
            digest.Add(0xBADUL);
        }
    }

    private static ulong TryReadRoute(ReadOnlySequence<byte> metadata)
    {
        FuzzDigest digest = default;
        try
        {
            digest.Add(RequestMetadata.TryReadRoute(metadata, out ReadOnlySequence<byte> route));
            digest.Add(route);
        }
        catch (MetadataFormatException)
        {
            digest.Add(0xBADUL);
        }

        return digest.Value;
    }

    private static ulong TryReadFirstTag(ReadOnlySequence<byte> routing)
    {
        FuzzDigest digest = default;
        try
        {
            digest.Add(RoutingMetadata.TryReadFirstTag(routing, out ReadOnlySequence<byte> route));
            digest.Add(route);
        }
        catch (MetadataFormatException)
        {
            digest.Add(0xBADUL);
        }

        return digest.Value;
    }

    private void ReadContent(WellKnownMimeType kind, ReadOnlySequence<byte> metadata, ref FuzzDigest digest)
    {
        switch (kind)
        {
            case WellKnownMimeType.Routing:
                foreach (string tag in RoutingMetadata.ReadTags(metadata))
                {
                    digest.Add(tag);
                }

                digest.Add(RoutingMetadata.ReadFirstTag(metadata));
                break;
            case WellKnownMimeType.Authentication:
                AuthenticationMetadata authentication = AuthenticationMetadata.Read(metadata);
                Shape += 64 * (ulong)authentication.Kind;
                digest.Add((ulong)authentication.Kind);
                digest.Add(authentication.UserName);
                digest.Add(authentication.Password);
                digest.Add(authentication.Token);
                digest.Add(authentication.TypeName);
                digest.Add((ulong)(authentication.TypeId ?? 255));
                digest.Add(authentication.Credentials.Span);
                break;
            case WellKnownMimeType.ZipkinTracing:
                ZipkinTracingMetadata tracing = ZipkinTracingMetadata.Read(metadata);
                digest.Add((ulong)tracing.Sampling);
                digest.Add(tracing.HasIds);
                digest.Add(tracing.Is128Bit);
                digest.Add((ulong)(tracing.TraceId >> 64));
                digest.Add((ulong)(tracing.TraceId & ulong.MaxValue));
                digest.Add(tracing.SpanId);
                digest.Add(tracing.ParentSpanId ?? 7);
                break;
            case WellKnownMimeType.DataMimeType:
                digest.Add(Canonical(DataMimeTypeMetadata.Read(metadata)));
                break;
            case WellKnownMimeType.AcceptMimeTypes:
                foreach (string name in AcceptMimeTypesMetadata.Read(metadata))
                {
                    digest.Add(Canonical(name));
                }

                break;
            default:
                break; // composite within composite: bytes
        }
    }

    // MIME types with a number are spelled in any case, and come back as in the list.
    private static string? Canonical(string? mimeType) =>
        mimeType is not null && WellKnownMimeTypes.TryGetId(mimeType, out WellKnownMimeType id) ? WellKnownMimeTypes.GetName(id) : mimeType;

    private static void WriteType(FuzzRandom random, ArrayBufferWriter<byte> output, byte id)
    {
        if (!random.OneIn(3))
        {
            output.Write([(byte)(0x80 | id)]);
            return;
        }

        string text = random.OneIn(2) ? WellKnownMimeTypes.GetName((WellKnownMimeType)(id & 0x7F)) ?? "a/b" : new string('x', random.Between(1, 128));
        output.Write([(byte)(text.Length - 1), .. System.Text.Encoding.ASCII.GetBytes(random.OneIn(4) ? text.ToUpperInvariant() : text)]);
    }

    private static void WriteContent(FuzzRandom random, ArrayBufferWriter<byte> output, WellKnownMimeType type)
    {
        switch (type)
        {
            case WellKnownMimeType.Routing:
                for (int left = random.Below(4); left > 0; left--)
                {
                    byte[] tag = System.Text.Encoding.UTF8.GetBytes(FuzzValue.RandomText(random, 60));
                    output.Write([(byte)tag.Length, .. tag[..Math.Min(tag.Length, 255)]]);
                }

                break;
            case WellKnownMimeType.Authentication:
                WriteType(random, output, (byte)random.Below(3));
                byte[] name = System.Text.Encoding.UTF8.GetBytes(FuzzValue.RandomText(random, 40));
                FrameBytes.WriteInt16(output, name.Length);
                output.Write(name);
                output.Write(System.Text.Encoding.UTF8.GetBytes(FuzzValue.RandomText(random, 40)));
                break;
            case WellKnownMimeType.ZipkinTracing:
                FrameBytes.WriteBytes(random, output, random.Pick<int>([1, 17, 25, 33, 40]));
                break;
            case WellKnownMimeType.DataMimeType:
                WriteType(random, output, (byte)random.Below(128));
                break;
            case WellKnownMimeType.AcceptMimeTypes:
                for (int left = random.Below(5); left > 0; left--)
                {
                    WriteType(random, output, (byte)random.Below(128));
                }

                break;
            default:
                FrameBytes.WriteBytes(random, output, random.Length(300));
                break;
        }
    }
}
