namespace RSocketIm.LoadTest.Engine;

/// <summary>Where a message ends, both ways. One for each connection.</summary>
internal abstract class Framing
{
    /// <summary>Hands on all messages that are whole.</summary>
    /// <param name="socket">Whose they are.</param>
    /// <param name="received">Bytes, beginning with a message.</param>
    /// <returns>Bytes that were used up.</returns>
    public abstract int Read(LoadSocket socket, ReadOnlySpan<byte> received);

    /// <summary>A message as it is sent.</summary>
    public abstract byte[] Wrap(ReadOnlySpan<byte> message);

    /// <summary>Bytes that <see cref="Wrap"/> puts before a message.</summary>
    public int PrefixLength(int messageLength) => Wrap(new byte[messageLength]).Length - messageLength;
}
