using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>CRC-32C of a block together with where it belongs, so that a block in the wrong place is found out too.</summary>
internal static class Checksum
{
    /// <summary>The part that all blocks of a room's log share.</summary>
    public static uint OfLog(string room, string epoch) => Add(Add(~0u, Encoding.UTF8.GetBytes(room)), Encoding.UTF8.GetBytes(epoch));

    /// <summary>The checksum of a block.</summary>
    /// <param name="log"><see cref="OfLog"/> of its room.</param>
    /// <param name="first">Seq of its first entry.</param>
    /// <param name="last">Seq of its last entry.</param>
    /// <param name="data">Its bytes.</param>
    public static uint OfBlock(uint log, long first, long last, ReadOnlySpan<byte> data) =>
        ~Add(BitOperations.Crc32C(BitOperations.Crc32C(log, (ulong)first), (ulong)last), data);

    private static uint Add(uint crc, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (ulong word in words)
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (byte rest in data[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return crc;
    }
}
