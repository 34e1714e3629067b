using System.Net.Sockets;

namespace RSocketIm.Tests.TestKit;

/// <summary>The bytes of one connection in one direction, forwarded chunk by chunk in their order.</summary>
internal sealed class FaultDirection(Socket source, Socket target, TimeProvider time, Action<CutKind> cut)
{
    /// <summary>Bytes read at a time at most, and all the proxy ever holds of one direction.</summary>
    public const int ChunkBytes = 16_384;

    private const int TurnsPerSecond = 50;

    private readonly Lock gate = new();
    private readonly List<(long Bytes, TaskCompletionSource Reached)> waiting = [];
    private TaskCompletionSource? stalled;
    private TimeSpan delay;
    private int bytesPerSecond;
    private long cutAt = long.MaxValue;
    private CutKind cutKind;
    private long passed;

    /// <summary>Bytes handed on so far.</summary>
    public long Passed => Volatile.Read(ref passed);

    /// <summary>Completes when so many bytes have been handed on.</summary>
    public Task ReachedAsync(long bytes)
    {
        lock (gate)
        {
            if (passed >= bytes)
            {
                return Task.CompletedTask;
            }

            TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((bytes, reached));
            return reached.Task.Within();
        }
    }

    /// <summary>Every chunk waits so long before it is handed on, one chunk at a time; zero: no delay.</summary>
    public void Delay(TimeSpan each)
    {
        lock (gate)
        {
            delay = each;
        }
    }

    /// <summary>Hands on so many bytes a second at most, in fifty small pieces; zero: as many as come.</summary>
    public void Throttle(int bytes)
    {
        lock (gate)
        {
            bytesPerSecond = bytes;
        }
    }

    /// <summary>Hands on so many more bytes, and cuts the connection when the last of them has passed; with zero, now.</summary>
    /// <remarks>After a reset the reader may have got fewer, as on any network; after a FIN it gets exactly these.</remarks>
    public void CutAfter(long bytes, CutKind kind = CutKind.Reset)
    {
        lock (gate)
        {
            cutAt = passed + bytes;
            cutKind = kind;
        }

        if (bytes == 0)
        {
            cut(kind);
        }
    }

    /// <summary>Stops reading and forwarding, and closes nothing.</summary>
    public void Stall()
    {
        lock (gate)
        {
            stalled ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Ends <see cref="Stall"/>; nothing was lost meanwhile.</summary>
    public void Release()
    {
        lock (gate)
        {
            stalled?.SetResult();
            stalled = null;
        }
    }

    /// <summary>Forwards until the source ends or the connection is cut.</summary>
    public async Task PumpAsync(CancellationToken cutting)
    {
        byte[] chunk = new byte[ChunkBytes];
        try
        {
            int count;
            do
            {
                await UnstalledAsync(cutting);
                count = await source.ReceiveAsync(chunk.AsMemory(0, TurnBytes()), cutting);
                await UnstalledAsync(cutting); // it may have been stalled while this was on its way
                await WaitAsync(DelayNow(), cutting);
                await ForwardAsync(chunk.AsMemory(0, count), cutting);
            }
            while (count > 0);

            EndWriting(target);
        }
        catch (OperationCanceledException)
        {
            // Cut: the connection closes the sockets its way.
        }
        catch (SocketException)
        {
            cut(CutKind.Reset); // one end was reset; the other hears the same
        }
    }

    /// <summary>Sends FIN, unless the other end is gone already.</summary>
    public static void EndWriting(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Reset by its peer: there is nobody left to tell.
        }
    }

    /// <summary>Reads to the end and keeps nothing.</summary>
    public static async Task DiscardAsync(Socket socket)
    {
        byte[] nowhere = new byte[ChunkBytes];
        try
        {
            while (await socket.ReceiveAsync(nowhere) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Ended by a reset instead of a FIN.
        }
    }

    private async Task ForwardAsync(ReadOnlyMemory<byte> chunk, CancellationToken cutting)
    {
        while (!chunk.IsEmpty)
        {
            ReadOnlyMemory<byte> piece = chunk[..(int)Math.Min(Math.Min(chunk.Length, TurnBytes()), Math.Max(LeftBeforeCut(), 0))];
            for (ReadOnlyMemory<byte> left = piece; !left.IsEmpty;)
            {
                left = left[await target.SendAsync(left, cutting)..];
            }

            chunk = chunk[piece.Length..];
            Count(piece.Length);
            if (LeftBeforeCut() <= 0)
            {
                cut(cutKind);
                return;
            }

            await WaitAsync(PaceOf(piece.Length), cutting);
            await UnstalledAsync(cutting);
        }
    }

    private void Count(int bytes)
    {
        lock (gate)
        {
            Volatile.Write(ref passed, passed + bytes);
            waiting.RemoveAll(one =>
            {
                bool there = passed >= one.Bytes;
                if (there)
                {
                    one.Reached.SetResult();
                }

                return there;
            });
        }
    }

    private Task UnstalledAsync(CancellationToken cutting)
    {
        lock (gate)
        {
            return stalled?.Task.WaitAsync(cutting) ?? Task.CompletedTask;
        }
    }

    // A link's delay is what this is for, and it runs on the test's clock.
    private Task WaitAsync(TimeSpan span, CancellationToken cutting) => span > TimeSpan.Zero ? Task.Delay(span, time, cutting) : Task.CompletedTask;

    private TimeSpan DelayNow()
    {
        lock (gate)
        {
            return delay;
        }
    }

    private int TurnBytes()
    {
        lock (gate)
        {
            return bytesPerSecond == 0 ? ChunkBytes : Math.Clamp(bytesPerSecond / TurnsPerSecond, 1, ChunkBytes);
        }
    }

    private TimeSpan PaceOf(int bytes)
    {
        lock (gate)
        {
            return bytesPerSecond == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
        }
    }

    private long LeftBeforeCut()
    {
        lock (gate)
        {
            return cutAt - passed;
        }
    }
}
