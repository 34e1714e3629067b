using System.Buffers;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Routing;

/// <summary><c>system.count</c>: each number is made when it is pulled, so 2⁵³ of them cost as much as one.</summary>
internal sealed class CountSource(CountRequest request, DataFormat format, CancellationToken draining) : PayloadSource
{
    // One buffer for all items: its bytes have been written when the next one is pulled.
    private readonly ArrayBufferWriter<byte> buffer = new();
    private readonly CountItem item = new() { Pad = PadOf(request, format) };
    private CancellationTokenRegistration drain;

    protected override void Attached()
    {
        drain = draining.UnsafeRegister(static source => ((CountSource)source!).SignalError(Refusal.Draining()), this);
        if (request.Count == 0)
        {
            SignalComplete();
        }
    }

    protected override PullStatus TryPull(out Payload payload)
    {
        if (item.I >= request.Count)
        {
            payload = default;
            return PullStatus.Complete;
        }

        item.I++;
        buffer.ResetWrittenCount();
        CountItem.Format.Write(format, buffer, item);
        payload = new Payload(buffer.WrittenMemory);
        return item.I == request.Count ? PullStatus.NextAndComplete : PullStatus.Next;
    }

    protected override void Release() => drain.Dispose();

    private static string? PadOf(CountRequest request, DataFormat format)
    {
        // What an item with an empty padding has; numbers differ by some digits, hence "about".
        int bare = CountItem.Format.ToArray(format, new CountItem { I = Math.Max(1, request.Count), Pad = "" }).Length;
        return request.Bytes > bare ? new string('.', (int)(request.Bytes.Value - bare)) : null;
    }
}
