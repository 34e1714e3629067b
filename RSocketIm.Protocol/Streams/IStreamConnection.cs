using Microsoft.Extensions.Logging;
using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>What a stream needs of its connection.</summary>
internal interface IStreamConnection
{
    /// <summary>Guards the state of every stream of the connection. Held for a few instructions, never across user code or an await.</summary>
    Lock Gate { get; }

    /// <summary>Largest outbound frame in bytes; longer payloads are cut into fragments.</summary>
    int MaxOutboundFrameLength { get; }

    ILogger Logger { get; }

    /// <summary>Puts a stream in line for its next turn and wakes the write loop. Gate held.</summary>
    void MarkReady(ProtocolStream stream);

    /// <summary>Puts a stream in the line that goes before all data: it owes REQUEST_N, CANCEL or ERROR. Gate held.</summary>
    void MarkUrgent(ProtocolStream stream);

    /// <summary>Has the answer of a request-response written before all streams, if one frame takes it; its bytes are encoded when this returns. Gate held.</summary>
    /// <returns>False when it is longer.</returns>
    bool TryAnswer(int streamId, in Payload answer);

    /// <summary>Gives a requester's stream its id and enters it in the table, as its first frame is about to be written. Gate held.</summary>
    int OpenStream(ProtocolStream stream);

    /// <summary>Takes a stream out of the table. Gate held.</summary>
    void StreamEnded(ProtocolStream stream);

    /// <summary>Single responses that wait to be written count as backlog, for which the read loop pauses. Gate held.</summary>
    void BacklogChanged(long bytes);
}
