using System.Net.Sockets;

namespace RSocketIm.LoadTest.Doors;

/// <summary>A reader of one room at one door, as bare as it can be: it counts what comes and parses no more than it must, so that the figures are the server's.</summary>
internal abstract class DoorReader : IDisposable
{
    /// <summary>What every text of the load begins with, and nothing else on the wire has.</summary>
    public const string Mark = "@@@@";

    private readonly byte[] buffer = new byte[64 * 1024];
    private long bytes;
    private long messages;
    private int marked;

    /// <summary>Bytes that came since the last <see cref="Reset"/>.</summary>
    public long Bytes => Volatile.Read(ref bytes);

    /// <summary>Messages that came since the last <see cref="Reset"/>.</summary>
    public long Messages => Volatile.Read(ref messages);

    /// <summary>The connection.</summary>
    protected Socket Socket { get; } = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>Connects, signs in and asks for everything that is sent from now on; returns when the server has taken it up.</summary>
    public abstract Task OpenAsync();

    /// <summary>Reads until the socket is closed.</summary>
    public abstract Task ReadAsync();

    /// <summary>Begins to count anew.</summary>
    public void Reset()
    {
        Volatile.Write(ref bytes, 0);
        Volatile.Write(ref messages, 0);
    }

    public void Dispose() => Socket.Dispose();

    /// <summary>Reads what is there, and counts it.</summary>
    protected async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync()
    {
        int length = await Socket.ReceiveAsync(buffer).ConfigureAwait(false);
        if (length == 0)
        {
            throw new IOException("The server closed.");
        }

        Count(buffer.AsSpan(0, length));
        return buffer.AsMemory(0, length);
    }

    private void Count(ReadOnlySpan<byte> came)
    {
        long found = 0;
        foreach (byte one in came)
        {
            marked = one == Mark[0] ? marked + 1 : 0;
            if (marked == Mark.Length)
            {
                found++;
                marked = 0;
            }
        }

        Volatile.Write(ref bytes, bytes + came.Length);
        Volatile.Write(ref messages, messages + found);
    }
}
