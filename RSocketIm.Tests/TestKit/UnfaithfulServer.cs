using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Tests.TestKit;

/// <summary>A server over TCP that breaks its promises: a faithful one behind a proxy that changes frames on the way.</summary>
/// <remarks>
/// So the server that is tested needs no switch for it, and the faults are those that a server can have on the wire: one that hears a
/// grant of 2^31-1 for each grant of 1 sends exactly what a server sends that does not check credit.
/// </remarks>
internal sealed class UnfaithfulServer : IAsyncDisposable
{
    // Late enough for its stream to be in full swing.
    private const int SpoiledPayload = 5;
    private const int NBehindHeader = Frame.HeaderLength;

    private readonly Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly IPEndPoint target;
    private readonly List<Task> links = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;

    /// <summary>Starts the proxy.</summary>
    /// <param name="target">The faithful server's <c>tcp:</c> address.</param>
    public UnfaithfulServer(string target)
    {
        this.target = FaultProxy.ParseTarget(target);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1_024);
        accepting = AcceptAsync();
    }

    public string Tcp => $"tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}";

    /// <summary>What it does from now on.</summary>
    public Unfaithful Fault { get; set; }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await accepting.Within();
        await Task.WhenAll(links).Within();
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Socket socket = await listener.AcceptAsync(stopping.Token);
                links.Add(RunAsync(await TcpTransport.AcceptAsync(socket)));
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private async Task RunAsync(TcpTransport reader)
    {
        TcpTransport server = await TcpTransport.ConnectAsync(target.Address.ToString(), target.Port);
        Spoiler spoiler = new(this);
        using CancellationTokenRegistration stop = stopping.Token.Register(Abort);
        await Task.WhenAll(PumpAsync(reader, server, spoiler.Up), PumpAsync(server, reader, spoiler.Down));
        await reader.DisposeAsync();
        await server.DisposeAsync();

        async Task PumpAsync(TcpTransport from, TcpTransport to, Func<byte[], byte[][]?> change)
        {
            try
            {
                while (await from.WaitToReadAsync(CancellationToken.None))
                {
                    while (from.TryRead(out ReadOnlySequence<byte> frame))
                    {
                        if (change(frame.ToArray()) is not { } frames)
                        {
                            Abort();
                            return;
                        }

                        foreach (byte[] changed in frames)
                        {
                            to.StartFrame(changed.Length).Write(changed);
                        }
                    }

                    await to.FlushAsync(CancellationToken.None);
                }
            }
            catch (Exception over) when (over is IOException or ObjectDisposedException or SocketException)
            {
                // One side is gone: so is the other.
            }

            Abort();
        }

        void Abort()
        {
            reader.Abort();
            server.Abort();
        }
    }

    /// <summary>Changes the frames of one connection; null: it ends.</summary>
    private sealed class Spoiler(UnfaithfulServer server)
    {
        private readonly HashSet<int> feeds = [];
        private int payloads;
        private byte[]? heldBack;

        public byte[][]? Up(byte[] frame)
        {
            ReceivedFrame received = new(frame);
            FrameType type = received.Type;
            if (type is not (FrameType.RequestStream or FrameType.RequestN))
            {
                return [frame];
            }

            lock (feeds)
            {
                feeds.Add(received.StreamId);
            }

            switch (server.Fault)
            {
                case Unfaithful.IgnoresCredit:
                    BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(NBehindHeader), int.MaxValue);
                    return [frame];
                case Unfaithful.SendsOneTooMany when type == FrameType.RequestStream:
                    BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(NBehindHeader), received.Number + 1);
                    return [frame];
                case Unfaithful.DoesNotHear:
                    return [];
                case Unfaithful.CutsOff:
                    return null;
                default:
                    return [frame];
            }
        }

        public byte[][] Down(byte[] bytes)
        {
            ReceivedFrame frame = new(bytes);
            if (frame.Type != FrameType.Payload || server.Fault is not (Unfaithful.LeavesOut or Unfaithful.Repeats or Unfaithful.Swaps) || !IsFeed(frame.StreamId))
            {
                return [bytes];
            }

            if (heldBack is { } held && new ReceivedFrame(held).StreamId == frame.StreamId)
            {
                heldBack = null;
                return [bytes, held];
            }

            if (++payloads != SpoiledPayload)
            {
                return [bytes];
            }

            switch (server.Fault)
            {
                case Unfaithful.LeavesOut:
                    return [];
                case Unfaithful.Repeats:
                    return [bytes, bytes];
                default:
                    heldBack = bytes;
                    return [];
            }
        }

        private bool IsFeed(int stream)
        {
            lock (feeds)
            {
                return feeds.Contains(stream);
            }
        }
    }
}
