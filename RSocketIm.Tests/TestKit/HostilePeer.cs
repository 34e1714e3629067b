using System.Buffers;
using System.Net.Sockets;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Tests.TestKit;

/// <summary>A TCP client that means harm: it sends what it likes, as fast as it can, and reads only when it is told to.</summary>
internal sealed class HostilePeer : IDisposable
{
    private const int TcpLevel = 6;
    private const int MaxSegmentOption = 2; // of Linux

    private readonly Socket socket;

    private HostilePeer(Socket socket) => this.socket = socket;

    /// <summary>Bytes the server's side has taken off our hands; what nobody reads ends up in the kernel's buffers and then stays with us.</summary>
    public long Sent { get; private set; }

    /// <summary>Connects, and says nothing.</summary>
    public static async Task<HostilePeer> ConnectAsync(string address)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 4_096, SendBufferSize = 16_384 };
        if (OperatingSystem.IsLinux())
        {
            // Loopback's segments of 64 KiB make the kernel hold megabytes for a socket that is not read; Ethernet's do not.
            socket.SetRawSocketOption(TcpLevel, MaxSegmentOption, BitConverter.GetBytes(1_460));
        }

        await socket.ConnectAsync(FaultProxy.ParseTarget(address)).Within();
        return new HostilePeer(socket);
    }

    /// <summary>Connects and signs in as a guest.</summary>
    public static async Task<HostilePeer> SignInAsync(string address, string user)
    {
        HostilePeer peer = await ConnectAsync(address);
        await peer.SendAsync(Setup(user));
        return peer;
    }

    /// <summary>A SETUP that promises a KEEPALIVE once an hour.</summary>
    public static byte[] Setup(string user)
    {
        ArrayBufferWriter<byte> setup = new();
        SetupFrame.Write(setup, new SetupFrame
        {
            MajorVersion = 1,
            KeepAliveMilliseconds = 3_600_000,
            MaxLifetimeMilliseconds = 7_200_000,
            MetadataMimeType = "message/x.rsocket.composite-metadata.v0",
            DataMimeType = DataMimeTypes.MessagePack,
            HasMetadata = true,
            Metadata = new ReadOnlySequence<byte>(new RequestMetadata().Simple(user, "").ToArray()),
        });
        return setup.WrittenSpan.ToArray();
    }

    /// <summary>A request to a route of the contract.</summary>
    public static byte[] Request(FrameType type, int id, string route, byte[] data, int initialRequestN = 1, FrameFlags flags = FrameFlags.None)
    {
        ArrayBufferWriter<byte> request = new();
        RequestFrame.Write(request, type, id, flags, initialRequestN, true, RequestMetadata.ForRoute(route), data);
        return request.WrittenSpan.ToArray();
    }

    /// <summary>Sends frames, with their lengths before them.</summary>
    public Task SendAsync(params byte[][] frames) => SendBytesAsync((byte[])[.. frames.SelectMany(Build.Prefixed)], CancellationToken.None).Within();

    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancelled)
    {
        while (!bytes.IsEmpty)
        {
            int count = await socket.SendAsync(bytes, cancelled);
            Sent += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Sends one block of bytes after the other for as long as there are any, the server takes them and nobody cancels.</summary>
    /// <returns>Whether everything was sent.</returns>
    public async Task<bool> FloodAsync(IEnumerable<byte[]> blocks, CancellationToken cancelled)
    {
        try
        {
            foreach (byte[] block in blocks)
            {
                await SendBytesAsync(block, cancelled);
            }

            return true;
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException)
        {
            return false; // blocked until the end, or thrown out
        }
    }

    /// <summary>Reads frames until one is not wanted any more, or the server closes.</summary>
    /// <param name="wanted">Looks at a frame and says whether to go on.</param>
    public async Task ReadAsync(Func<ReceivedFrame, bool> wanted)
    {
        byte[] header = new byte[3];
        while (await FillAsync(header))
        {
            byte[] frame = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
            if (!await FillAsync(frame) || !wanted(new ReceivedFrame(frame)))
            {
                return;
            }
        }
    }

    /// <summary>Reads to the end, whatever comes: completes when the server has closed, or dropped, the connection.</summary>
    public Task WhenThrownOutAsync() => FaultDirection.DiscardAsync(socket);

    /// <summary>Resets the connection, so that ten thousand of them leave no ports waiting.</summary>
    public void Dispose() => socket.Close(0);

    private async Task<bool> FillAsync(byte[] bytes)
    {
        try
        {
            for (int have = 0, more; have < bytes.Length; have += more)
            {
                more = await socket.ReceiveAsync(bytes.AsMemory(have));
                if (more == 0)
                {
                    return false;
                }
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
