using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>The streams of one connection that have something to write: those that owe a control frame, then those with data, each in turn.</summary>
/// <remarks>Guarded by the connection's gate. A stream stands in each line at most once, so that the lines are as long as there are streams.</remarks>
internal sealed class ReadyLines
{
    private const int FirstSweep = 64;

    private readonly Queue<ProtocolStream> urgent = new();
    private Queue<ProtocolStream> data = new();
    private Queue<ProtocolStream>? held; // passed over by TryTakeAnswer, in their order
    private int sweepAt = FirstSweep;

    /// <summary>Whether nobody stands in line; streams that are held do not count.</summary>
    public bool IsEmpty => urgent.Count == 0 && data.Count == 0;

    /// <returns>Whether the stream was not in the line yet.</returns>
    public bool AddUrgent(ProtocolStream stream)
    {
        if (stream.InUrgentLine)
        {
            return false;
        }

        stream.InUrgentLine = true;
        urgent.Enqueue(stream);
        return true;
    }

    /// <returns>Whether the stream was not in the line yet.</returns>
    public bool AddData(ProtocolStream stream)
    {
        if (stream.InReadyLine)
        {
            return false;
        }

        stream.InReadyLine = true;
        data.Enqueue(stream);
        return true;
    }

    public bool TryTakeUrgent([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ProtocolStream? stream)
    {
        if (!urgent.TryDequeue(out stream))
        {
            return false;
        }

        stream.InUrgentLine = false;
        return true;
    }

    public bool TryTakeData([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ProtocolStream? stream)
    {
        if (!data.TryDequeue(out stream))
        {
            return false;
        }

        stream.InReadyLine = false;
        return true;
    }

    /// <summary>Takes the next stream that answers a REQUEST_RESPONSE; holds those before it until <see cref="ReleaseHeld"/>.</summary>
    public bool TryTakeAnswer([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ProtocolStream? stream)
    {
        while (data.TryDequeue(out stream))
        {
            if (stream.Type == FrameType.RequestResponse && !stream.IsRequester)
            {
                stream.InReadyLine = false;
                return true;
            }

            if (stream.IsEnded)
            {
                stream.InReadyLine = false;
            }
            else
            {
                (held ??= new()).Enqueue(stream); // still in line, so that it does not enter twice
            }
        }

        SweepHeld();

        return false;
    }

    /// <summary>Puts the streams that are held back to the head of the line.</summary>
    public void ReleaseHeld()
    {
        if (held is not null)
        {
            while (data.TryDequeue(out ProtocolStream? stream))
            {
                held.Enqueue(stream);
            }

            (data, held) = (held, null);
        }
    }

    // A peer that opens and cancels while nothing is released must not make the line longer than there are streams.
    private void SweepHeld()
    {
        if (held is null || held.Count < sweepAt)
        {
            return;
        }

        for (int count = held.Count; count > 0; count--)
        {
            ProtocolStream stream = held.Dequeue();
            if (!stream.IsEnded)
            {
                held.Enqueue(stream);
            }
        }

        sweepAt = Math.Max(FirstSweep, 2 * held.Count);
    }
}
