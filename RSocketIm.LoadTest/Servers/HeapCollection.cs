using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace RSocketIm.LoadTest.Servers;

/// <summary>Has another .NET process collect its garbage, as profilers do: what is in use afterwards is in use and nothing else.</summary>
/// <remarks>
/// Through the runtime's diagnostic socket: a trace session that asks for the heap to be collected, and is ended at once.
/// Format: dotnet/diagnostics, documentation/design-docs/ipc-protocol.md. Same user, Linux and macOS.
/// </remarks>
internal static class HeapCollection
{
    private const int HeaderLength = 20;
    private const byte TraceCommands = 0x02;
    private const byte StopTracing = 0x01;
    private const byte CollectTracing = 0x03;
    private const byte ServerCommands = 0xFF;
    private const ulong CollectKeyword = 0x80_0000; // GCHeapCollect of Microsoft-Windows-DotNETRuntime
    private const uint Informational = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Collects.</summary>
    /// <param name="processId">The process.</param>
    /// <returns>False when it has no such socket.</returns>
    /// <exception cref="IOException">It did not do as it was told.</exception>
    public static async Task<bool> TryRunAsync(int processId)
    {
        string[] sockets = OperatingSystem.IsWindows() ? [] : Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{processId}-*-socket");
        if (sockets.Length == 0)
        {
            return false;
        }

        using CancellationTokenSource patience = new(Patience);
        using Socket session = await ConnectAsync(sockets[^1], patience.Token).ConfigureAwait(false);
        ulong id = await AskAsync(session, CollectTracing, SessionOptions(), patience.Token).ConfigureAwait(false);
        using Socket other = await ConnectAsync(sockets[^1], patience.Token).ConfigureAwait(false);
        byte[] stop = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(stop, id);

        // The session's socket has to be read to its end, or stopping would wait for it.
        Task reading = DiscardAsync(session, patience.Token);
        await AskAsync(other, StopTracing, stop, patience.Token).ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        return true;
    }

    private static async Task<Socket> ConnectAsync(string path, CancellationToken stopping)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stopping).ConfigureAwait(false);
        return socket;
    }

    private static async Task<ulong> AskAsync(Socket socket, byte command, byte[] body, CancellationToken stopping)
    {
        byte[] message = new byte[HeaderLength + body.Length];
        "DOTNET_IPC_V1\0"u8.CopyTo(message);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
        message[16] = TraceCommands;
        message[17] = command;
        body.CopyTo(message, HeaderLength);
        await socket.SendAsync(message, stopping).ConfigureAwait(false);

        byte[] answer = new byte[HeaderLength + sizeof(ulong)];
        for (int have = 0, more; have < answer.Length; have += more)
        {
            more = await socket.ReceiveAsync(answer.AsMemory(have), stopping).ConfigureAwait(false);
            if (more == 0 || (have + more >= HeaderLength && (answer[16] != ServerCommands || answer[17] != 0)))
            {
                throw new IOException($"The process refused diagnostic command {command}.");
            }
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(answer.AsSpan(HeaderLength));
    }

    private static byte[] SessionOptions()
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(1u); // MiB of buffer
        writer.Write(1u); // format: nettrace
        writer.Write(false); // no rundown
        writer.Write(1u); // providers
        writer.Write(CollectKeyword);
        writer.Write(Informational);
        WriteString(writer, "Microsoft-Windows-DotNETRuntime");
        WriteString(writer, "");
        return stream.ToArray();
    }

    private static void WriteString(BinaryWriter writer, string text)
    {
        writer.Write((uint)text.Length + 1);
        writer.Write(Encoding.Unicode.GetBytes(text + '\0'));
    }

    private static async Task DiscardAsync(Socket socket, CancellationToken stopping)
    {
        byte[] bytes = new byte[16_384];
        while (await socket.ReceiveAsync(bytes, stopping).ConfigureAwait(false) > 0)
        {
            // What the session tells is of no interest.
        }
    }
}
