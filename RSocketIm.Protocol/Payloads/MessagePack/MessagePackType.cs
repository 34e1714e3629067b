using System.Diagnostics.CodeAnalysis;

namespace RSocketIm.Protocol.Payloads.MessagePack;

/// <summary>The type of a MessagePack value, whatever the width it is written in.</summary>
/// <remarks>MessagePack spec, "Type system".</remarks>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "They are the names of the spec.")]
public enum MessagePackType
{
    /// <summary>No value (<c>c0</c>).</summary>
    Nil,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number, -2⁶³..2⁶⁴-1.</summary>
    Integer,

    /// <summary>An IEEE 754 number of 32 or 64 bits.</summary>
    Float,

    /// <summary>UTF-8 text.</summary>
    String,

    /// <summary>Bytes.</summary>
    Binary,

    /// <summary>A list of values.</summary>
    Array,

    /// <summary>A list of pairs of values.</summary>
    Map,

    /// <summary>Bytes with a type number; type -1 is a timestamp.</summary>
    Extension,
}
