using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>Writes what is ready, in batches with one flush each, for as long as the connection lives.</summary>
internal static class WriteLoop
{
    /// <summary>Runs until the link is lost, or the connection closes and its last frames are flushed; then ends the writing direction. Never fails: the connection does.</summary>
    public static async Task RunAsync(ConnectionCore connection)
    {
        try
        {
            while (connection.Session?.WriteReplay(connection.Transport, connection.Options.WriteBatchBytes) == true && !connection.IsLinkLost)
            {
                await connection.Transport.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            }

            Stint stint = default;
            while (true)
            {
                bool more;
                do
                {
                    more = connection.Writes.WriteBatch();

                    // The back-pressure of the whole connection is this await: while the transport is full nobody is asked for more.
                    await stint.Watch(connection.Transport.FlushAsync(CancellationToken.None)).ConfigureAwait(false);
                    await stint.RoundOver();
                }
                while (more);

                if (connection.IsLinkLost)
                {
                    return; // another link will go on from what the peer has received
                }

                if (connection.State >= ConnectionState.Closing)
                {
                    connection.Writes.WriteBatch(); // the ERROR, if BeginClose put it there since
                    await connection.Transport.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                    await connection.Transport.CompleteWritingAsync(CancellationToken.None).ConfigureAwait(false);
                    return;
                }

                await stint.Watch(connection.Writes.WaitAsync()).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // Told apart where it is dealt with.
        catch (Exception error)
#pragma warning restore CA1031
        {
            ConnectionLife.WritingFailed(connection, error);
        }
    }
}
