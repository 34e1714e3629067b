using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>Pulls a <see cref="PayloadSource"/> outside a stream, for a door with a flow control of its own: each <see cref="TryRead"/> is a credit of one.</summary>
/// <remarks>
/// <para>Nothing is read ahead and nothing is kept: a reader that is not called costs its source nothing. What a stream does on
/// its write loop is done here by the caller, one at a time: reads must not overlap. <see cref="Dispose"/> may come at any
/// time and from any thread; the source is released when the read that is running, if there is one, is over.</para>
/// <para>One source is awaited with <see cref="WaitToReadAsync"/>. A caller with many gives each reader a callback that puts
/// it in line, and awaits an <see cref="AsyncSignal"/> of its own.</para>
/// </remarks>
/// <example><code>
/// using SourceReader reader = new(source);
/// while (await reader.WaitToReadAsync(cancellationToken))
/// {
///     while (reader.TryRead(out Payload payload))
///     {
///         await WriteAsync(payload.Data); // its bytes hold until the next read
///     }
/// }
/// </code></example>
public sealed class SourceReader : ISourceHost, IDisposable
{
    private readonly Lock gate = new();
    private readonly AsyncSignal wake = new();
    private readonly PayloadSource source;
    private readonly Action<SourceReader>? ready;
    private RSocketException? error;
    private bool signalled = true; // as a stream with credit asks a new source once
    private bool reading;
    private bool over;
    private bool disposed;

    /// <summary>Takes the source, which from now on serves this reader only.</summary>
    /// <param name="source">A source that serves no stream.</param>
    /// <param name="ready">Called when there may be something to read again after a read that found nothing, and when the source
    /// has ended; from any thread, also from within a read or this constructor. It must not block and not read.</param>
    /// <exception cref="InvalidOperationException">The source serves somebody already.</exception>
    public SourceReader(PayloadSource source, Action<SourceReader>? ready = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        this.source = source;
        this.ready = ready;
        source.Attach(this);
    }

    /// <summary>Whether a read may find something, or the end. False: the last one found nothing, and nothing has been said since.</summary>
    public bool IsReady
    {
        get
        {
            lock (gate)
            {
                return !disposed && (signalled || over);
            }
        }
    }

    /// <summary>Whether the source has ended, so that a read gives nothing but its error. An end needs no credit: it may be looked at without reading.</summary>
    public bool IsOver
    {
        get
        {
            lock (gate)
            {
                return over;
            }
        }
    }

    /// <summary>Takes the next payload, if there is one now.</summary>
    /// <param name="payload">The payload; its bytes stay unchanged until the next read or <see cref="Dispose"/>.</param>
    /// <returns>False: there is none now, or never again; <see cref="IsOver"/> and <see cref="WaitToReadAsync"/> tell which.</returns>
    /// <exception cref="RSocketException">The source has failed; thrown by every call from then on.</exception>
    /// <exception cref="InvalidOperationException">Another read is running.</exception>
    public bool TryRead(out Payload payload)
    {
        payload = default;
        lock (gate)
        {
            if (reading)
            {
                throw new InvalidOperationException("A SourceReader is read by one caller at a time.");
            }

            if (over || disposed)
            {
                return error is null || disposed ? false : throw error;
            }

            reading = true;
            signalled = false;
        }

        // Outside the gate: the source takes its room's lock, while the room, holding that lock, may be signalling us.
        PullStatus status = Pull(out payload, out RSocketException? failure);
        bool release;
        lock (gate)
        {
            reading = false;
            release = disposed;
            signalled |= status == PullStatus.Next;
            if (status is PullStatus.Complete or PullStatus.NextAndComplete && !over)
            {
                over = true;
                error = failure;
            }
        }

        if (release)
        {
            source.ReleaseOnce(); // disposed while it was pulled: the bytes are the source's again
            payload = default;
            return false;
        }

        return failure is null ? status is PullStatus.Next or PullStatus.NextAndComplete : throw failure;
    }

    /// <summary>Waits until a read may find something. One caller at a time.</summary>
    /// <param name="cancellationToken">Ends the wait; the reader can be used on.</param>
    /// <returns>False: the source is over in order, or the reader is disposed.</returns>
    /// <exception cref="RSocketException">The source has failed.</exception>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        if (Look() is { } now)
        {
            return now;
        }

        using CancellationTokenRegistration giveUp = cancellationToken.UnsafeRegister(static signal => ((AsyncSignal)signal!).Set(), wake);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Look() is { } later)
            {
                return later;
            }

            await wake.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Releases the source. A wait that is running ends.</summary>
    public void Dispose()
    {
        bool release;
        lock (gate)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
            release = !reading;
        }

        wake.Set();
        if (release)
        {
            source.ReleaseOnce();
        }
    }

    void ISourceHost.SourceReady()
    {
        lock (gate)
        {
            if (signalled || over || disposed)
            {
                return; // it has been told, and has not looked since
            }

            signalled = true;
        }

        wake.Set();
        ready?.Invoke(this);
    }

    void ISourceHost.SourceEnded(RSocketException? reason)
    {
        lock (gate)
        {
            if (over || disposed)
            {
                return;
            }

            over = true;
            error = reason;
        }

        wake.Set();
        ready?.Invoke(this);
    }

    // Null: nothing now.
    private bool? Look()
    {
        lock (gate)
        {
            return disposed ? false
                : !over ? (signalled ? true : null)
                : error is null ? false
                : throw error;
        }
    }

    private PullStatus Pull(out Payload payload, out RSocketException? failure)
    {
        failure = null;
        try
        {
            return source.TryPull(out payload);
        }
        catch (RSocketException refusal)
        {
            failure = refusal;
        }
#pragma warning disable CA1031 // A source is user code: whatever it throws is its end, as on a stream; the caller finds it inside.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            failure = new RSocketException(ErrorCode.ApplicationError, "The source failed.", fault);
        }

        payload = default;
        return PullStatus.Complete;
    }
}
