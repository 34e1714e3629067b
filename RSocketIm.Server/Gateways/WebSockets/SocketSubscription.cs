using System.Buffers;
using System.Text;
using System.Text.Json;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;

namespace RSocketIm.Server.Gateways.WebSockets;

/// <summary>One room at one <c>/ws</c>: a feed and the credit that the client gave it.</summary>
/// <remarks>Written by the write loop alone; the credit is the line's (<see cref="SocketLine"/>), under its lock.</remarks>
internal sealed class SocketSubscription : IDisposable
{
    private readonly RoomFeed feed;
    private readonly SourceReader reader;
    private readonly byte[] start;
    private volatile bool isOpen;

    /// <summary>Takes over a feed.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="line">Where it stands when it may have something to say.</param>
    /// <param name="credit">Events that may come at once.</param>
    public SocketSubscription(RoomFeed feed, SocketLine line, long credit)
    {
        this.feed = feed;
        Room = feed.Room.Id;
        Credit = credit;
        start = Encoding.UTF8.GetBytes($"{{\"op\":\"event\",\"room\":{JsonSerializer.Serialize(Room)},\"event\":");
        reader = new SourceReader(feed, _ =>
        {
            // Not from within this constructor: who opens it puts it in line anyway.
            if (isOpen)
            {
                line.Enter(this);
            }
        });
        isOpen = true;
    }

    /// <summary>The room.</summary>
    public string Room { get; }

    /// <summary>Events that may still be sent; never taken back. Under the line's lock.</summary>
    public long Credit { get; set; }

    /// <summary>Whether it stands in the line. Under the line's lock.</summary>
    public bool IsInLine { get; set; }

    /// <summary>Whether it is over, which needs no credit to be told.</summary>
    public bool IsOver => reader.IsOver;

    /// <summary>Whether another turn may find something.</summary>
    public bool IsReady => reader.IsReady;

    /// <summary>Writes what there is.</summary>
    /// <param name="transport">Where to.</param>
    /// <param name="credit">Most events.</param>
    /// <param name="bytes">About how many bytes at most; taken down by what was written.</param>
    /// <param name="ended">What the feed ended with, which has been written too.</param>
    /// <returns>Events written.</returns>
    public long Write(FrameTransport transport, long credit, ref int bytes, out RSocketException? ended)
    {
        ended = null;
        long written = 0;
        try
        {
            while ((written < credit || reader.IsOver) && bytes > 0 && reader.TryRead(out Payload payload))
            {
                ReadOnlySpan<byte> json = payload.Data.Span;
                int length = start.Length + json.Length + 1;
                IBufferWriter<byte> output = transport.StartFrame(length);
                output.Write(start);
                output.Write(json);
                output.Write("}"u8);
                bytes -= length;
                written++;
            }
        }
        catch (RSocketException reason)
        {
            ended = reason;
            byte[] told = SocketError.Encode(reason, Room);
            transport.StartFrame(told.Length).Write(told);
            bytes -= told.Length;
        }

        return written;
    }

    /// <summary>Ends the feed, which is told to the client.</summary>
    public void Stop(RSocketException reason) => feed.Stop(reason);

    public void Dispose() => reader.Dispose();
}
