using System.Buffers;
using System.IO.Pipelines;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Tests.TestKit;

/// <summary>Two transports joined in memory by a link that lets so many bytes pass each way, and then is cut in both directions at once.</summary>
internal sealed class CutLink
{
    private readonly Pipe fromClient = NewPipe();
    private readonly Pipe toServer = NewPipe();
    private readonly Pipe fromServer = NewPipe();
    private readonly Pipe toClient = NewPipe();
    private long up;
    private long down;
    private int cut;

    /// <summary>Joins two ends.</summary>
    /// <param name="upBytes">Bytes that pass from the client, with length prefixes.</param>
    /// <param name="downBytes">Bytes that pass from the server.</param>
    public CutLink(long upBytes = long.MaxValue, long downBytes = long.MaxValue)
    {
        Client = new PipeTransport(new End(toClient.Reader, fromClient.Writer), "client");
        Server = new PipeTransport(new End(toServer.Reader, fromServer.Writer), "server");
        Over = Task.WhenAll(
            PumpAsync(fromClient.Reader, toServer.Writer, upBytes, count => Interlocked.Add(ref up, count)),
            PumpAsync(fromServer.Reader, toClient.Writer, downBytes, count => Interlocked.Add(ref down, count)));
    }

    public PipeTransport Client { get; }

    public PipeTransport Server { get; }

    /// <summary>Bytes that passed from the client.</summary>
    public long Up => Volatile.Read(ref up);

    /// <summary>Bytes that passed from the server.</summary>
    public long Down => Volatile.Read(ref down);

    public Task Over { get; }

    /// <summary>Cuts now what is not cut yet.</summary>
    public void Cut()
    {
        if (Interlocked.Exchange(ref cut, 1) == 0)
        {
            fromClient.Reader.CancelPendingRead();
            fromServer.Reader.CancelPendingRead();
        }
    }

    private static Pipe NewPipe() => new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));

    private async Task PumpAsync(PipeReader source, PipeWriter target, long left, Action<long> count)
    {
        while (left > 0 && Volatile.Read(ref cut) == 0)
        {
            ReadResult result = await source.ReadAsync();
            if (result.IsCanceled || (result.IsCompleted && result.Buffer.IsEmpty))
            {
                break;
            }

            ReadOnlySequence<byte> passing = result.Buffer.Slice(0, Math.Min(left, result.Buffer.Length));
            left -= passing.Length;
            count(passing.Length);
            foreach (ReadOnlyMemory<byte> piece in passing)
            {
                target.Write(piece.Span);
            }

            await target.FlushAsync();
            source.AdvanceTo(passing.End);
        }

        Cut();
        await target.CompleteAsync();
        await source.CompleteAsync();
    }

    private sealed record End(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
