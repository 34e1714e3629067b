using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Protocol.Connections.Resumption;

/// <summary>The resumable sessions of one server: found by their token, bounded in number and in memory, ended when nobody comes back in time.</summary>
/// <remarks>
/// The lock is held for a few instructions and never while a connection's gate is taken; a gate may be held when it is
/// taken. Sessions that have to make room are therefore ended by another thread, only their memory is taken at once.
/// </remarks>
internal sealed class ResumeSessions(ResumeOptions options, TimeProvider time, ILogger logger) : IResumeSide
{
    private readonly Lock sync = new();
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly Dictionary<UInt128, ResumableSession> byToken = [];
    private readonly LinkedList<ResumableSession> waiting = []; // without a transport, the oldest first
    private readonly Dictionary<ResumableSession, (LinkedListNode<ResumableSession> Node, ITimer Timer)> places = [];

    public ResumeOptions Options => options;

    public ResumeStatistics Statistics { get; } = new();

    /// <summary>Enters a session under its token.</summary>
    /// <returns>False when another has it.</returns>
    public bool TryEnter(ResumableSession session)
    {
        lock (sync)
        {
            return byToken.TryAdd(KeyOf(session.Token.Span), session);
        }
    }

    /// <summary>Finds the session of a token.</summary>
    public ResumableSession? Find(in ReadOnlySequence<byte> token)
    {
        if (token.Length == 0 || token.Length > options.MaxTokenBytes)
        {
            return null;
        }

        byte[] bytes = token.ToArray();
        ResumableSession? found;
        lock (sync)
        {
            byToken.TryGetValue(KeyOf(bytes), out found);
        }

        // Found by a keyed hash, compared in constant time: how long it takes tells nothing about the tokens that exist.
        return found is not null && CryptographicOperations.FixedTimeEquals(found.Token.Span, bytes) ? found : null;
    }

    public void Parked(ResumableSession session)
    {
        ITimer timer = time.CreateTimer(_ => Expire(session), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        ResumableSession? tooMany;
        lock (sync)
        {
            if (!session.IsParked)
            {
                timer.Dispose();
                return; // it ended, or went on, before this thread came here
            }

            places.Add(session, (waiting.AddLast(session), timer));
            tooMany = waiting.Count > options.MaxDetachedSessions ? waiting.First!.Value : null;
            Statistics.SetDetached(waiting.Count);
        }

        timer.Change(options.SessionDuration, Timeout.InfiniteTimeSpan);
        if (tooMany?.TryClaim() == true)
        {
            Evict(tooMany, "too many sessions wait to be resumed");
        }
    }

    public void Resumed(ResumableSession session)
    {
        lock (sync)
        {
            Leave(session);
        }

        Statistics.CountResumed();
    }

    public void GivenUp(ResumableSession session)
    {
        lock (sync)
        {
            Leave(session);
            UInt128 id = KeyOf(session.Token.Span);
            if (byToken.TryGetValue(id, out ResumableSession? known) && known == session)
            {
                byToken.Remove(id);
            }
        }
    }

    public void Lost(ResumableSession session, string reason)
    {
        Statistics.CountLost();
        ConnectionLog.ResumabilityLost(logger, session.Connection.Transport.Description, reason);
    }

    public bool TryCharge(int bytes)
    {
        if (Statistics.AddRetained(bytes) <= options.MaxTotalBytes)
        {
            return true;
        }

        while (Statistics.RetainedBytes > options.MaxTotalBytes)
        {
            ResumableSession? oldest;
            lock (sync)
            {
                oldest = waiting.First?.Value;
                if (oldest is not null)
                {
                    Leave(oldest);
                }
            }

            if (oldest is null)
            {
                Release(bytes);
                return false;
            }

            if (!oldest.TryClaim())
            {
                continue; // it is being resumed, or ends already
            }

            oldest.Retained.GiveUp();
            ThreadPool.UnsafeQueueUserWorkItem(_ => Evict(oldest, "memory for unacknowledged frames is short"), null);
        }

        return true;
    }

    public void Release(long bytes) => Statistics.AddRetained(-bytes);

    private void Expire(ResumableSession session)
    {
        if (!session.TryClaim())
        {
            return;
        }

        Statistics.CountExpired();
        End(session, $"Nobody resumed the session within {options.SessionDuration.TotalSeconds} s.");
    }

    private void Evict(ResumableSession session, string reason)
    {
        Statistics.CountEvicted();
        ConnectionLog.SessionEvicted(logger, session.Connection.Transport.Description, reason);
        End(session, $"The session ended: {reason}.");
    }

    private static void End(ResumableSession session, string message)
    {
        session.End();
        session.Connection.BeginClose(null, message, new RSocketException(ErrorCode.ConnectionError, message));
    }

    // Lock held.
    private void Leave(ResumableSession session)
    {
        if (places.Remove(session, out (LinkedListNode<ResumableSession> Node, ITimer Timer) place))
        {
            place.Timer.Dispose();
            waiting.Remove(place.Node);
            Statistics.SetDetached(waiting.Count);
        }
    }

    private UInt128 KeyOf(ReadOnlySpan<byte> token)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, token, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
