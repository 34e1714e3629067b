using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol.Streams;

/// <summary>What one stream sends: payloads that are pulled while there is credit, never pushed.</summary>
/// <remarks>
/// <para>The connection's write loop calls <see cref="TryPull"/> when the stream has credit <em>and</em> the connection has
/// room, so a source needs no buffer: a feed is a cursor. A source that has nothing answers <see cref="PullStatus.Idle"/>
/// and later calls <see cref="SignalReady"/>; a source without credit is not asked, and costs nothing.</para>
/// <para>Calls to <see cref="TryPull"/> and <see cref="Release"/> never overlap. The <c>Signal…</c> methods may be called
/// from any thread at any time, also before the source is attached and after it is released.</para>
/// </remarks>
public abstract class PayloadSource
{
    private static readonly object Released = new();

    // null: not attached yet; an ISourceHost: attached; Released: over. Signals that come before Attach are kept in early.
    private object? host;
    private volatile EarlySignal? early;

    /// <summary>Takes the next payload.</summary>
    /// <param name="payload">The payload; its bytes stay unchanged until the next call or <see cref="Release"/>.</param>
    /// <returns>Whether there was one, and whether more may come.</returns>
    /// <exception cref="RSocketException">Ends the stream with this code and text.</exception>
    protected internal abstract PullStatus TryPull(out Payload payload);

    /// <summary>Takes the next payloads together, when they lie in a run that other streams send too; asked before <see cref="TryPull"/>.</summary>
    /// <param name="payloads">At most so many, 1 or more.</param>
    /// <param name="bytes">No more than fit into so many bytes, but one in any case (<see cref="RunSlice.Within"/>).</param>
    /// <param name="frameBytes">Only from a run without a longer frame than this, in bytes.</param>
    /// <param name="slice">What was taken: these payloads will be sent, and are not given again.</param>
    /// <returns>False: nothing was taken, and <see cref="TryPull"/> knows what is next.</returns>
    protected internal virtual bool TryPullRun(long payloads, int bytes, int frameBytes, out RunSlice slice)
    {
        slice = default;
        return false;
    }

    /// <summary>Called once when a stream has taken the source, before the first <see cref="TryPull"/>: subscribe to what it needs.</summary>
    protected virtual void Attached()
    {
    }

    /// <summary>Called exactly once when the stream is over, however it ended: give back what the source holds.</summary>
    protected internal virtual void Release()
    {
    }

    /// <summary>Says that <see cref="TryPull"/> may have something now.</summary>
    protected void SignalReady()
    {
        if (Volatile.Read(ref host) is ISourceHost attached)
        {
            attached.SourceReady();
        }

        // Before Attach nothing is lost: an attached stream with credit is asked once in any case.
    }

    /// <summary>Ends the stream in order, without needing credit. Payloads that were not pulled are not sent.</summary>
    protected void SignalComplete() => End(null);

    /// <summary>Ends the stream with an ERROR, at once and without needing credit. Payloads that were not pulled are not sent.</summary>
    /// <param name="error">The code and text.</param>
    protected void SignalError(RSocketException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        End(error);
    }

    internal void Attach(ISourceHost newHost)
    {
        object? previous = Interlocked.CompareExchange(ref host, newHost, null);
        if (previous is not null)
        {
            throw new InvalidOperationException("A PayloadSource serves exactly one stream; create another for the next.");
        }

        // A signal that ran between the handler's return and here found no host and left its word in `early`.
        if (early is { } signal)
        {
            newHost.SourceEnded(signal.Error);
        }

        Attached();
    }

    internal void ReleaseOnce()
    {
        if (!ReferenceEquals(Interlocked.Exchange(ref host, Released), Released))
        {
            Release();
        }
    }

    private void End(RSocketException? error)
    {
        if (Volatile.Read(ref host) is null)
        {
            early = new EarlySignal(error);
            Interlocked.MemoryBarrier();
        }

        if (Volatile.Read(ref host) is ISourceHost attached)
        {
            attached.SourceEnded(error);
        }
    }

    private sealed record EarlySignal(RSocketException? Error);
}
