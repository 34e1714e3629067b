using System.Buffers;
using RSocketIm.Tests.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Payloads;

/// <summary>The same bytes in every shape a transport may deliver them in.</summary>
internal static class Split
{
    /// <summary>In one piece, in two pieces for every split point, and byte by byte.</summary>
    public static IEnumerable<ReadOnlySequence<byte>> EveryWay(byte[] bytes)
    {
        yield return new ReadOnlySequence<byte>(bytes);
        for (int at = 0; at <= bytes.Length; at++)
        {
            yield return Join(bytes.AsMemory(0, at), bytes.AsMemory(at));
        }

        yield return Join([.. Enumerable.Range(0, bytes.Length).Select(i => (ReadOnlyMemory<byte>)bytes.AsMemory(i, 1))]);
    }

    public static ReadOnlySequence<byte> Join(params ReadOnlyMemory<byte>[] parts) => Segments.Of(parts);
}
