using System.Buffers;

namespace RSocketIm.Protocol.Payloads.MessagePack;

/// <summary>An extension value as it lies in the buffer that is being read.</summary>
/// <param name="Type">0..127 belong to the application, -128..-1 to the MessagePack spec.</param>
/// <param name="Data">Its bytes, valid as long as the buffer is.</param>
public readonly record struct MessagePackExtension(sbyte Type, ReadOnlySequence<byte> Data);
