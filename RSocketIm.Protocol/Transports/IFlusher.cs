namespace RSocketIm.Protocol.Transports;

/// <summary>Whoever flushes a transport: the write loop of a connection.</summary>
public interface IFlusher
{
    /// <summary>Has it call <see cref="FrameTransport.FlushAsync"/> soon, though no frame was started. Any thread; never waits.</summary>
    void Wake();
}
