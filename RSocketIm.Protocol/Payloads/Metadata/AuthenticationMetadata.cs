using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>Authentication metadata (0x7C): who the peer says it is, for SETUP or for one request.</summary>
/// <remarks>
/// <code>
/// |A| Auth Id/Length-1 (7) |  Auth type, when A is not set  ...  |  Credentials ...
/// simple (0x00): | User name Length (16) |  User name (UTF-8) ...  |  Password (UTF-8), to the end
/// bearer (0x01): |  Token (UTF-8), to the end
/// </code>
/// Not a record on purpose: its text would show the password. Spec: Extensions/Security/*.md.
/// </remarks>
public sealed class AuthenticationMetadata
{
    private const byte SimpleId = 0x00;
    private const byte BearerId = 0x01;

    private AuthenticationMetadata(AuthenticationKind kind) => Kind = kind;

    /// <summary>Which of the properties below say something.</summary>
    public AuthenticationKind Kind { get; }

    /// <summary>The user name of <see cref="AuthenticationKind.Simple"/>, at most 65 535 bytes as UTF-8; otherwise empty.</summary>
    public string UserName { get; private init; } = "";

    /// <summary>The password of <see cref="AuthenticationKind.Simple"/>; otherwise empty.</summary>
    public string Password { get; private init; } = "";

    /// <summary>The token of <see cref="AuthenticationKind.Bearer"/>; otherwise empty.</summary>
    public string Token { get; private init; } = "";

    /// <summary>The name of a type of its own, 1..128 ASCII characters; null for the well-known types and for unknown numbers.</summary>
    public string? TypeName { get; private init; }

    /// <summary>The number of an unknown type, 0x02..0x7F; null for the well-known types and for names.</summary>
    public byte? TypeId { get; private init; }

    /// <summary>The credentials of <see cref="AuthenticationKind.Other"/>, in a form only its parties know; otherwise empty.</summary>
    public ReadOnlyMemory<byte> Credentials { get; private init; }

    /// <summary>Creates metadata of type <c>simple</c>.</summary>
    /// <param name="userName">At most 65 535 bytes as UTF-8.</param>
    /// <param name="password">Any length.</param>
    /// <exception cref="ArgumentException">The user name is longer.</exception>
    public static AuthenticationMetadata Simple(string userName, string password)
    {
        int length = Encoding.UTF8.GetByteCount(userName);
        return length <= ushort.MaxValue
            ? new AuthenticationMetadata(AuthenticationKind.Simple) { UserName = userName, Password = password }
            : throw new ArgumentException($"A user name is at most {ushort.MaxValue} bytes; this one has {length}.", nameof(userName));
    }

    /// <summary>Creates metadata of type <c>bearer</c>.</summary>
    /// <param name="token">The token.</param>
    public static AuthenticationMetadata Bearer(string token) => new(AuthenticationKind.Bearer) { Token = token };

    /// <summary>Creates metadata of another type.</summary>
    /// <param name="typeName">1..128 ASCII characters, checked when written.</param>
    /// <param name="credentials">The credentials.</param>
    public static AuthenticationMetadata Custom(string typeName, ReadOnlyMemory<byte> credentials) =>
        new(AuthenticationKind.Other) { TypeName = typeName, Credentials = credentials };

    /// <summary>Reads authentication metadata; everything is copied out of the buffer.</summary>
    /// <param name="metadata">The content of the entry.</param>
    /// <exception cref="MetadataFormatException">It is cut short, or a text is not UTF-8.</exception>
    public static AuthenticationMetadata Read(ReadOnlySequence<byte> metadata)
    {
        SequenceReader<byte> reader = new(metadata);
        TypeHeader type = TypeHeader.Read(ref reader, "authentication type");
        string? name = type.IsKnown ? null : Encoding.ASCII.GetString(type.Text);
        if (type.IsKnown ? type.Id == SimpleId : name == "simple")
        {
            return ReadSimple(ref reader);
        }

        if (type.IsKnown ? type.Id == BearerId : name == "bearer")
        {
            return Bearer(Decode(reader.UnreadSequence, reader.Consumed, "token"));
        }

        return new AuthenticationMetadata(AuthenticationKind.Other)
        {
            TypeName = name,
            TypeId = type.IsKnown ? type.Id : null,
            Credentials = reader.UnreadSequence.ToArray(),
        };
    }

    /// <summary>Writes the metadata.</summary>
    /// <param name="output">Where they go.</param>
    /// <exception cref="ArgumentException">The name of the type is not 1..128 ASCII characters.</exception>
    public void WriteTo(IBufferWriter<byte> output)
    {
        switch (Kind)
        {
            case AuthenticationKind.Simple:
                TypeHeader.WriteId(output, SimpleId);
                BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), (ushort)Encoding.UTF8.GetByteCount(UserName));
                output.Advance(2);
                Encoding.UTF8.GetBytes(UserName, output);
                Encoding.UTF8.GetBytes(Password, output);
                break;
            case AuthenticationKind.Bearer:
                TypeHeader.WriteId(output, BearerId);
                Encoding.UTF8.GetBytes(Token, output);
                break;
            default:
                if (TypeId is byte id)
                {
                    TypeHeader.WriteId(output, id);
                }
                else
                {
                    TypeHeader.WriteText(output, TypeName ?? "");
                }

                output.Write(Credentials.Span);
                break;
        }
    }

    private static AuthenticationMetadata ReadSimple(ref SequenceReader<byte> reader)
    {
        long start = reader.Consumed;
        if (!reader.TryReadBigEndian(out short length))
        {
            throw new MetadataFormatException(start, $"The length of the user name needs 2 bytes, but {reader.Remaining} are left.");
        }

        if (!reader.TryReadExact((ushort)length, out ReadOnlySequence<byte> userName))
        {
            throw new MetadataFormatException(start, $"The user name has {(ushort)length} bytes, but {reader.Remaining} are left.");
        }

        return Simple(Decode(userName, start + 2, "user name"), Decode(reader.UnreadSequence, reader.Consumed, "password"));
    }

    // The text itself is not named: it is a secret.
    private static string Decode(in ReadOnlySequence<byte> bytes, long offset, string what) =>
        Utf8Text.TryDecode(bytes, out string? text) ? text : throw new MetadataFormatException(offset, $"The {what} is not valid UTF-8.");
}
