using System.Net;
using System.Net.Sockets;

namespace RSocketIm.LoadTest.Engine;

/// <summary>One of many connections of a loop.</summary>
/// <remarks>Belongs to the thread that turns the loop. Bytes are received into the loop's one buffer; only the beginning of an unfinished message is kept here.</remarks>
internal sealed class LoadSocket
{
    private const int FirstOutput = 256;

    private readonly ClientLoop loop;
    private readonly Socket socket;
    private readonly int token;
    private byte[] kept = [];
    private int keptLength;
    private byte[] output = [];
    private int written;
    private int sent;
    private bool reading = true;
    private bool waitsForRoom;
    private bool isHeld;

    internal LoadSocket(ClientLoop loop, Socket socket, int token, Framing framing, IMessageReceiver receiver)
    {
        this.loop = loop;
        this.socket = socket;
        this.token = token;
        Framing = framing;
        Receiver = receiver;
    }

    /// <summary>Where its messages end.</summary>
    public Framing Framing { get; }

    /// <summary>Who takes them.</summary>
    public IMessageReceiver Receiver { get; set; }

    /// <summary>The loop that it belongs to.</summary>
    public ClientLoop Loop => loop;

    /// <summary>The port on this side.</summary>
    public int LocalPort => ((IPEndPoint)socket.LocalEndPoint!).Port;

    /// <summary>No further messages come.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether bytes are taken from the socket. Without it the server's send buffer fills up.</summary>
    public bool Reading
    {
        get => reading;
        set
        {
            if (reading != value && !IsClosed)
            {
                reading = value;
                loop.Poller.Change(socket, token, reading, waitsForRoom);
            }
        }
    }

    /// <summary>In line to be flushed; the loop's.</summary>
    internal bool IsDirty { get; set; }

    /// <summary>Sends a whole message as <see cref="Framing.Wrap"/> made it, with all else that is written before the loop turns on.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Commit(bytes.Length);
    }

    /// <summary>Room to write to in place.</summary>
    public Span<byte> Reserve(int length)
    {
        if (output.Length - written < length)
        {
            Array.Resize(ref output, Math.Max(Math.Max(FirstOutput, output.Length * 2), written + length));
        }

        return output.AsSpan(written, length);
    }

    /// <summary>That much of it is to be sent.</summary>
    public void Commit(int length)
    {
        written += length;
        loop.MarkDirty(this);
    }

    /// <summary>Closes it from this side, without a word.</summary>
    public void Close()
    {
        if (!IsClosed)
        {
            IsClosed = true;
            loop.Forget(this, socket, token);
            socket.Dispose();
        }
    }

    /// <summary>It ended otherwise: the receiver is told.</summary>
    internal void Fail(string reason)
    {
        if (!IsClosed)
        {
            Close();
            Receiver.OnClosed(this, reason);
        }
    }

    /// <summary>Keeps what is written until <see cref="Release"/>.</summary>
    internal void Hold() => isHeld = true;

    internal void Release()
    {
        isHeld = false;
        loop.MarkDirty(this);
    }

    internal void OnReady(Readiness ready)
    {
        if (ready.Writable && !IsClosed)
        {
            Flush();
        }

        if (ready.Readable && !IsClosed)
        {
            Receive();
        }
    }

    internal void Flush()
    {
        IsDirty = false;
        if (IsClosed || isHeld || written == 0)
        {
            return;
        }

        int count = socket.Send(output.AsSpan(sent, written - sent), SocketFlags.None, out SocketError error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            Fail($"sending failed: {error}");
            return;
        }

        sent += Math.Max(0, count);
        if (sent == written)
        {
            sent = written = 0;
        }

        if (waitsForRoom != written > 0)
        {
            waitsForRoom = written > 0;
            loop.Poller.Change(socket, token, reading, waitsForRoom);
        }
    }

    private void Receive()
    {
        if (!reading)
        {
            // Only an error is told of then.
            Fail("reset by the server while it was not read");
            return;
        }

        Span<byte> buffer = loop.ReceiveBuffer;
        kept.AsSpan(0, keptLength).CopyTo(buffer);
        int count = socket.Receive(buffer[keptLength..], SocketFlags.None, out SocketError error);
        if (error == SocketError.WouldBlock)
        {
            return;
        }

        if (error != SocketError.Success || count == 0)
        {
            Fail(error == SocketError.Success ? "closed by the server" : $"receiving failed: {error}");
            return;
        }

        loop.Tick();
        buffer = buffer[..(keptLength + count)];
        keptLength = 0;
        int used = Framing.Read(this, buffer);
        if (used == 0 && buffer.Length == loop.ReceiveBuffer.Length)
        {
            Fail($"a message of more than {buffer.Length} bytes");
            return;
        }

        Keep(buffer[used..]);
    }

    private void Keep(ReadOnlySpan<byte> rest)
    {
        if (kept.Length < rest.Length)
        {
            kept = new byte[Math.Max(rest.Length, 2 * kept.Length)];
        }

        rest.CopyTo(kept);
        keptLength = rest.Length;
    }
}
