using RSocketIm.LoadTest.Engine;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Storm;

/// <summary>A client that connects, signs in as a guest, asks who it is and goes, over and over and as fast as it can.</summary>
/// <param name="address"><c>ws:</c> or <c>tcp:</c>.</param>
/// <param name="name">Which one it is.</param>
/// <param name="stayForAnswer">Whether it waits for the answer; else it goes at once, and what the server says then meets a closed socket.</param>
internal sealed class Comer(Uri address, string name, bool stayForAnswer) : IStreamReceiver
{
    private readonly byte[] question = EmptyRecord.Format.ToArray(DataFormat.MessagePack, new EmptyRecord());
    private bool answered;

    /// <summary>What went wrong; null: nothing.</summary>
    public string? Violation { get; private set; }

    /// <summary>Has it come and go on this thread.</summary>
    /// <param name="time">How long.</param>
    /// <param name="patience">For an answer.</param>
    /// <param name="stopping">Ends it with an exception.</param>
    /// <returns>How often it came.</returns>
    public int Come(TimeSpan time, TimeSpan patience, CancellationToken stopping)
    {
        using ClientLoop loop = new();
        int times = 0;
        for (long end = ClientLoop.After(loop.Now, time); loop.Now < end && Violation is null; times++)
        {
            stopping.ThrowIfCancellationRequested();
            RSocketSession session = RSocketSession.Open(loop, address, name);
            session.OnEnd = (_, how) => Violation = $"{name} was cut off: {how}";
            session.Request(PreparedRequest.Create(session.Socket.Framing, FrameType.RequestResponse, "system.whoami", question), this);
            session.Socket.Flush();
            answered = !stayForAnswer;
            if (!loop.Run(() => answered || Violation is not null, patience, stopping))
            {
                Violation = $"{name} was not answered within {patience.TotalSeconds:N0} s";
            }

            session.Socket.Close();
        }

        return times;
    }

    void IStreamReceiver.OnPayload(RSocketSession session, int stream, ReadOnlySpan<byte> data, bool complete) => answered = true;

    void IStreamReceiver.OnError(RSocketSession session, int stream, string error) => Violation = $"{name} was refused: {error}";
}
