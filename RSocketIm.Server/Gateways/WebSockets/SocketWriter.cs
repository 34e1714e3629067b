using System.Buffers;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Server.Gateways.WebSockets;

/// <summary>The one task that writes to a <c>/ws</c>: a batch, one flush, and again; while the socket is full nobody is asked for anything.</summary>
/// <param name="transport">Where to.</param>
/// <param name="line">What waits.</param>
/// <param name="answersWritten">Called with the number of answers of each batch that is out.</param>
/// <param name="subscriptionEnded">Called when the end of one has been written.</param>
/// <param name="isAnswerDue">Whether an answer is still to come that a close has to wait for.</param>
internal sealed class SocketWriter(
    FrameTransport transport, SocketLine line, Action<int> answersWritten, Action<SocketSubscription> subscriptionEnded, Func<bool> isAnswerDue)
{
    /// <summary>Bytes between two flushes: as a connection of RSocket has.</summary>
    public const int BatchBytes = 32 * 1024;

    // A fat room must not starve a thin one; as a stream of RSocket has.
    private const int TurnBytes = 4 * 1024;

    private volatile bool isClosing;

    /// <summary>Has the loop end when everything that waits, or is on its way, is written.</summary>
    public void Close()
    {
        isClosing = true;
        line.Wake.Set();
    }

    /// <summary>Writes until it is closed.</summary>
    /// <param name="stopped">Ends it at once.</param>
    /// <exception cref="IOException">The peer is gone.</exception>
    public async Task RunAsync(CancellationToken stopped)
    {
        Stint stint = default;
        while (true)
        {
            int answers = WriteBatch(out bool wrote);
            if (wrote)
            {
                await stint.Watch(transport.FlushAsync(stopped)).ConfigureAwait(false);
                answersWritten(answers);
                await stint.RoundOver();
            }
            else if (isClosing && !isAnswerDue())
            {
                await transport.CompleteWritingAsync(stopped).ConfigureAwait(false);
                return;
            }
            else if (!line.HasWork)
            {
                await stint.Watch(line.Wake.WaitAsync()).ConfigureAwait(false);
                stopped.ThrowIfCancellationRequested();
            }
        }
    }

    private int WriteBatch(out bool wrote)
    {
        int bytes = BatchBytes;
        int answers = 0;
        while (bytes > 0)
        {
            if (line.TryTakeAnswer(out byte[] message))
            {
                transport.StartFrame(message.Length).Write(message);
                bytes -= message.Length;
                answers++;
                continue;
            }

            if (!line.TryTakeTurn(out SocketSubscription subscription, out long credit))
            {
                break;
            }

            int turn = Math.Min(TurnBytes, bytes);
            int before = turn;
            long spent = subscription.Write(transport, credit, ref turn, out RSocketException? ended);
            bytes -= before - turn;
            if (ended is null)
            {
                line.EndTurn(subscription, spent);
            }
            else
            {
                subscriptionEnded(subscription);
            }
        }

        wrote = bytes < BatchBytes;
        return answers;
    }
}
