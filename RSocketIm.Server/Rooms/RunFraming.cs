using System.Runtime.InteropServices;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>Frames what a commit adds to a room once for all who read along, where that is less work than each of them framing it.</summary>
/// <remarks>Used by the commit loop alone, on entries that nobody sees yet.</remarks>
internal sealed class RunFraming
{
    /// <summary>Readers of a room from which on its entries are framed.</summary>
    public const int LeastReaders = 8;

    /// <summary>Entries of a commit from which on; a reader takes fewer as fast one by one.</summary>
    public const int LeastEntries = 4;

    // A run is one array, and no larger than the ones that the runtime moves together when it collects.
    private const int MaxBytes = 32_768;

    private readonly List<ReadOnlyMemory<byte>> data = [];

    /// <summary>Puts the entries of a commit into runs, if that is worth it.</summary>
    /// <param name="room">Their room.</param>
    /// <param name="entries">The entries, in their order.</param>
    public void Frame(Room room, IReadOnlyList<LogEntry> entries)
    {
        if (entries.Count < LeastEntries || room.ReaderCount < LeastReaders)
        {
            return;
        }

        int first = 0;
        int bytes = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            int length = PayloadRun.MessageLength(entries[i].Bytes.Length);
            if (bytes + length > MaxBytes)
            {
                Place(entries, first, i);
                first = i;
                bytes = 0;
            }

            bytes += length;
        }

        Place(entries, first, entries.Count);
    }

    private void Place(IReadOnlyList<LogEntry> entries, int first, int end)
    {
        // A single one is either alone at the end or too long to be copied twice.
        if (end - first < 2)
        {
            return;
        }

        for (int i = first; i < end; i++)
        {
            data.Add(entries[i].Bytes);
        }

        PayloadRun run = PayloadRun.Create(CollectionsMarshal.AsSpan(data));
        data.Clear();
        for (int i = first; i < end; i++)
        {
            entries[i].PlaceIn(run, i - first);
        }
    }
}
