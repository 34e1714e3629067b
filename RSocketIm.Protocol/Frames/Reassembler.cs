using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace RSocketIm.Protocol.Frames;

/// <summary>Puts the payloads of one connection together whose fragments may interleave with those of other streams.</summary>
/// <remarks>
/// <para>Belongs to one read loop and is not thread-safe. Costs nothing until the first fragment arrives.</para>
/// <para>Every outcome but Incomplete and Whole has discarded the stream's fragments and given their memory back, so a peer that
/// breaks a bound keeps nothing. The fragments that still come for it are then PAYLOAD frames of an unknown stream.</para>
/// <para>Spec: Protocol.md, "Fragmentation and Reassembly" and "Handling the Unexpected", 6 and 7.</para>
/// </remarks>
public sealed class Reassembler : IDisposable
{
    private readonly ReassemblyOptions options;
    private readonly TimeProvider time;
    private readonly ArrayPool<byte> pool;
    private Dictionary<int, PartialPayload>? partials;

    /// <summary>Creates a reassembler for one connection.</summary>
    /// <param name="options">The bounds.</param>
    /// <param name="time">The clock for <see cref="ReassemblyOptions.MaxAge"/>.</param>
    public Reassembler(ReassemblyOptions options, TimeProvider time)
        : this(options, time, ArrayPool<byte>.Shared)
    {
    }

    internal Reassembler(ReassemblyOptions options, TimeProvider time, ArrayPool<byte> pool)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        this.options = options;
        this.time = time;
        this.pool = pool;
    }

    /// <summary>Whether no payload is incomplete.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>The number of incomplete payloads.</summary>
    public int Count => partials?.Count ?? 0;

    /// <summary>The bytes of all incomplete payloads, metadata and data.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether the stream has an incomplete payload: its next PAYLOAD belongs to <see cref="Append"/>.</summary>
    /// <param name="streamId">The stream.</param>
    public bool Contains(int streamId) => partials is not null && partials.ContainsKey(streamId);

    /// <summary>Keeps the first fragment of a request.</summary>
    /// <param name="request">A request with F, on a stream that <see cref="Contains"/> does not know.</param>
    /// <returns>Incomplete, or the bound that was broken.</returns>
    /// <exception cref="InvalidOperationException">The stream has an incomplete payload already.</exception>
    public ReassemblyOutcome Begin(in RequestFrame request)
    {
        Debug.Assert(request.Follows, "A request without F is whole.");

        // C beside F on a REQUEST_CHANNEL: the spec's rule that C ends a payload speaks of PAYLOAD only, and rsocket-js and
        // rsocket-java send the pair. So it goes on, and completes when the last fragment is there.
        PartialPayload partial = new(pool, request.StreamId, request.Type, request.InitialRequestN) { Next = true, Complete = request.Complete };
        return Begin(partial, request.HasMetadata, request.Metadata, request.Data);
    }

    /// <summary>Keeps the first fragment of an element.</summary>
    /// <param name="payload">A PAYLOAD that <see cref="PayloadFrame.Follows"/>, on a stream that <see cref="Contains"/> does not know.</param>
    /// <returns>Incomplete, or the bound that was broken.</returns>
    /// <exception cref="InvalidOperationException">The stream has an incomplete payload already.</exception>
    public ReassemblyOutcome Begin(in PayloadFrame payload)
    {
        Debug.Assert(payload.Follows, "A PAYLOAD without F, or with F and C, is whole.");
        PartialPayload partial = new(pool, payload.StreamId, FrameType.Payload, initialRequestN: 0) { Next = payload.Next };
        return Begin(partial, payload.HasMetadata, payload.Metadata, payload.Data);
    }

    /// <summary>Adds a fragment to the stream's payload.</summary>
    /// <param name="fragment">A PAYLOAD on a stream that <see cref="Contains"/> knows. It need not have N.</param>
    /// <param name="whole">The payload if this was its last fragment; the caller disposes it.</param>
    /// <returns>Whole, Incomplete, or the bound that was broken.</returns>
    /// <exception cref="InvalidOperationException">The stream has no incomplete payload.</exception>
    public ReassemblyOutcome Append(in PayloadFrame fragment, out PartialPayload? whole)
    {
        whole = null;
        if (partials is null || !partials.TryGetValue(fragment.StreamId, out PartialPayload? partial))
        {
            throw new InvalidOperationException($"Stream {fragment.StreamId} has no incomplete payload.");
        }

        ReassemblyOutcome outcome = Keep(partial, fragment.HasMetadata, fragment.Metadata, fragment.Data);
        if (outcome != ReassemblyOutcome.Incomplete)
        {
            Discard(fragment.StreamId);
            return outcome;
        }

        partial.Next |= fragment.Next;
        if (fragment.Follows)
        {
            return ReassemblyOutcome.Incomplete;
        }

        partial.Complete |= fragment.Complete;
        Take(fragment.StreamId, out whole);
        return ReassemblyOutcome.Whole;
    }

    /// <summary>Forgets the stream's incomplete payload, if it has one: the stream was cancelled or failed.</summary>
    /// <param name="streamId">The stream.</param>
    public void Discard(int streamId)
    {
        if (Take(streamId, out PartialPayload? partial))
        {
            partial.Dispose();
        }
    }

    /// <summary>Counts the age of incomplete payloads from now: their sender could not send for a while.</summary>
    internal void RestartClock()
    {
        foreach (PartialPayload partial in partials?.Values ?? Enumerable.Empty<PartialPayload>())
        {
            partial.Wait(time.GetTimestamp());
        }
    }

    /// <summary>Discards the incomplete payloads of streams that are over.</summary>
    /// <param name="isWanted">Whether a stream's is to be kept.</param>
    internal void DiscardExcept(Func<int, bool> isWanted)
    {
        if (partials is null)
        {
            return;
        }

        // Removing from a Dictionary while enumerating it is allowed (adding is not).
        foreach (int streamId in partials.Keys)
        {
            if (!isWanted(streamId))
            {
                Discard(streamId);
            }
        }
    }

    /// <summary>Discards payloads whose last fragment is older than <see cref="ReassemblyOptions.MaxAge"/>.</summary>
    /// <param name="streamIds">Receives their streams. When all of it is filled, more may be waiting: call again.</param>
    /// <returns>How many were discarded.</returns>
    public int TakeExpired(Span<int> streamIds)
    {
        if (partials is null)
        {
            return 0;
        }

        int count = 0;
        long now = time.GetTimestamp();

        // Removing from a Dictionary while enumerating it is allowed (adding is not).
        foreach ((int streamId, PartialPayload partial) in partials)
        {
            if (count == streamIds.Length)
            {
                break;
            }

            if (time.GetElapsedTime(partial.LastFragmentAt, now) > options.MaxAge)
            {
                streamIds[count++] = streamId;
                Discard(streamId);
            }
        }

        return count;
    }

    /// <summary>Discards everything. Payloads that were taken whole are not touched.</summary>
    public void Dispose()
    {
        if (partials is not null)
        {
            foreach (PartialPayload partial in partials.Values)
            {
                partial.Dispose();
            }

            partials = null;
            Bytes = 0;
        }
    }

    private ReassemblyOutcome Begin(PartialPayload partial, bool hasMetadata, in ReadOnlySequence<byte> metadata, in ReadOnlySequence<byte> data)
    {
        if (Contains(partial.StreamId))
        {
            throw new InvalidOperationException($"Stream {partial.StreamId} has an incomplete payload already.");
        }

        if (Count >= options.MaxPartials)
        {
            return ReassemblyOutcome.TooManyPartials;
        }

        ReassemblyOutcome outcome = Keep(partial, hasMetadata, metadata, data);
        if (outcome == ReassemblyOutcome.Incomplete)
        {
            partials ??= [];
            partials.Add(partial.StreamId, partial);
        }

        return outcome;
    }

    // Judges first and rents afterwards, so that a fragment that breaks a bound costs nothing.
    private ReassemblyOutcome Keep(PartialPayload partial, bool hasMetadata, in ReadOnlySequence<byte> metadata, in ReadOnlySequence<byte> data)
    {
        long incoming = metadata.Length + data.Length;
        long length = partial.Length + incoming;
        if (hasMetadata && partial.HasData)
        {
            return ReassemblyOutcome.MetadataAfterData;
        }

        if (length > options.MaxPayloadBytes)
        {
            return ReassemblyOutcome.PayloadTooLarge;
        }

        if (partial.Fragments + 1 > ReassemblyOptions.GetMaxFragments(length))
        {
            return ReassemblyOutcome.TooManyFragments;
        }

        if (Bytes + incoming > options.MaxPartialBytes)
        {
            return ReassemblyOutcome.ConnectionBytesExceeded;
        }

        partial.Append(hasMetadata, metadata, data, time.GetTimestamp());
        Bytes += incoming;
        return ReassemblyOutcome.Incomplete;
    }

    private bool Take(int streamId, [NotNullWhen(true)] out PartialPayload? partial)
    {
        partial = null;
        if (partials is null || !partials.Remove(streamId, out partial))
        {
            return false;
        }

        Bytes -= partial.Length;
        return true;
    }
}
