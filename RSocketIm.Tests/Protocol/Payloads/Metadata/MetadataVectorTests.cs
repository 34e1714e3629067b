using System.Buffers;
using System.Globalization;
using System.Text.Json;
using RSocketIm.Protocol.Payloads.Metadata;

namespace RSocketIm.Tests.Protocol.Payloads.Metadata;

/// <summary>Vectors/metadata.json: every format, read in every shape and written byte for byte.</summary>
public sealed class MetadataVectorTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Vectors.Length)];

    private static readonly JsonElement[] Vectors = [.. VectorFile.Load("metadata.json").GetProperty("cases").EnumerateArray()];

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Checklist", "81")]
    [Trait("Checklist", "82")]
    [Trait("Checklist", "83")]
    [Trait("Checklist", "84")]
    [Trait("Checklist", "85")]
    [Trait("Checklist", "86")]
    public void Metadata_InEveryShape_SayWhatTheVectorSays(int index)
    {
        JsonElement value = Vectors[index].GetProperty("value");
        foreach (ReadOnlySequence<byte> bytes in Split.EveryWay(Vectors[index].GetProperty("bytes").Hex()))
        {
            switch (Vectors[index].GetProperty("kind").GetString())
            {
                case "composite":
                    AssertComposite(value, bytes);
                    break;
                case "routing":
                    Assert.Equal(Strings(value), RoutingMetadata.ReadTags(bytes));
                    Assert.Equal(Strings(value)[0], RoutingMetadata.ReadFirstTag(bytes));
                    break;
                case "dataMimeType":
                    Assert.Equal(value.GetString(), DataMimeTypeMetadata.Read(bytes));
                    break;
                case "acceptMimeTypes":
                    Assert.Equal(Strings(value), AcceptMimeTypesMetadata.Read(bytes));
                    break;
                case "zipkin":
                    Assert.Equal(ToZipkin(value), ZipkinTracingMetadata.Read(bytes));
                    break;
                default:
                    AssertAuthentication(value, AuthenticationMetadata.Read(bytes));
                    break;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Metadata_Written_AreTheGoldenBytes(int index)
    {
        JsonElement value = Vectors[index].GetProperty("value");
        ArrayBufferWriter<byte> output = new();
        switch (Vectors[index].GetProperty("kind").GetString())
        {
            case "composite":
                CompositeMetadataWriter writer = new(output);
                foreach (JsonElement entry in value.EnumerateArray())
                {
                    writer.Write(entry.GetProperty("mime").GetString()!, entry.GetProperty("content").Hex());
                }

                break;
            case "routing":
                RoutingMetadata.Write(output, Strings(value));
                break;
            case "dataMimeType":
                DataMimeTypeMetadata.Write(output, value.GetString()!);
                break;
            case "acceptMimeTypes":
                AcceptMimeTypesMetadata.Write(output, Strings(value));
                break;
            case "zipkin":
                ToZipkin(value).WriteTo(output);
                break;
            case "simple":
                AuthenticationMetadata.Simple(value.GetProperty("userName").GetString()!, value.GetProperty("password").GetString()!).WriteTo(output);
                break;
            case "bearer":
                AuthenticationMetadata.Bearer(value.GetProperty("token").GetString()!).WriteTo(output);
                break;
            default:
                AuthenticationMetadata.Custom(value.GetProperty("type").GetString()!, value.GetProperty("credentials").Hex()).WriteTo(output);
                break;
        }

        Assert.Equal(Vectors[index].GetProperty("bytes").GetString(), Convert.ToHexStringLower(output.WrittenSpan));
    }

    private static void AssertComposite(JsonElement value, ReadOnlySequence<byte> bytes)
    {
        CompositeMetadataReader reader = new(bytes);
        foreach (JsonElement expected in value.EnumerateArray())
        {
            Assert.True(reader.TryRead(out CompositeMetadataEntry entry));
            Assert.Equal(expected.GetProperty("mime").GetString(), entry.MimeType);
            Assert.Equal(expected.GetProperty("content").Hex(), entry.Content.ToArray());
        }

        Assert.False(reader.TryRead(out _));
    }

    private static void AssertAuthentication(JsonElement value, AuthenticationMetadata read)
    {
        switch (read.Kind)
        {
            case AuthenticationKind.Simple:
                Assert.Equal(value.GetProperty("userName").GetString(), read.UserName);
                Assert.Equal(value.GetProperty("password").GetString(), read.Password);
                break;
            case AuthenticationKind.Bearer:
                Assert.Equal(value.GetProperty("token").GetString(), read.Token);
                break;
            default:
                Assert.Equal(value.GetProperty("type").GetString(), read.TypeName);
                Assert.Equal(value.GetProperty("credentials").Hex(), read.Credentials.ToArray());
                break;
        }
    }

    private static ZipkinTracingMetadata ToZipkin(JsonElement value)
    {
        ZipkinSampling sampling = Enum.Parse<ZipkinSampling>(value.GetProperty("sampling").GetString()!);
        if (!value.TryGetProperty("traceId", out JsonElement traceId))
        {
            return new ZipkinTracingMetadata(sampling);
        }

        ulong? parent = value.TryGetProperty("parentSpanId", out JsonElement parentId) ? Id(parentId) : null;
        UInt128 trace = UInt128.Parse(traceId.GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return new ZipkinTracingMetadata(sampling, trace, Id(value.GetProperty("spanId")), parent) { Is128Bit = traceId.GetString()!.Length == 32 };

        static ulong Id(JsonElement element) => ulong.Parse(element.GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private static string[] Strings(JsonElement value) => [.. value.EnumerateArray().Select(static element => element.GetString()!)];
}
