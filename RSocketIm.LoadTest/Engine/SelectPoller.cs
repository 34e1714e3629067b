using System.Net.Sockets;

namespace RSocketIm.LoadTest.Engine;

/// <summary>What every system has: all sockets are handed over at each call. Good for checks; its figures are the tool's as much as the server's.</summary>
internal sealed class SelectPoller : Poller
{
    private readonly Dictionary<Socket, (int Token, bool Read, bool Write)> sockets = [];
    private readonly List<Socket> readable = [];
    private readonly List<Socket> writable = [];

    public override void Add(Socket socket, int token) => sockets[socket] = (token, true, false);

    public override void Change(Socket socket, int token, bool read, bool write) => sockets[socket] = (token, read, write);

    public override void Remove(Socket socket, int token) => sockets.Remove(socket);

    public override int Wait(TimeSpan limit, Span<Readiness> ready)
    {
        readable.Clear();
        writable.Clear();
        foreach ((Socket socket, (_, bool read, bool write)) in sockets)
        {
            if (read)
            {
                readable.Add(socket);
            }

            if (write)
            {
                writable.Add(socket);
            }
        }

        if (readable.Count + writable.Count == 0)
        {
            Thread.Sleep(limit);
            return 0;
        }

        Socket.Select(readable, writable, null, limit);
        int count = 0;
        foreach (Socket socket in readable)
        {
            if (count < ready.Length)
            {
                ready[count++] = new Readiness(sockets[socket].Token, Readable: true, Writable: false);
            }
        }

        foreach (Socket socket in writable)
        {
            if (count < ready.Length)
            {
                ready[count++] = new Readiness(sockets[socket].Token, Readable: false, Writable: true);
            }
        }

        return count;
    }

    public override void Dispose()
    {
    }
}
