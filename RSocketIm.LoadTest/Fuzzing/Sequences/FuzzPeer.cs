using System.Buffers;
using System.IO.Pipelines;
using RSocketIm.LoadTest.Fuzzing.Targets;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>A client of bytes: it sends any frame there is, also those that are none, and sees every frame that comes.</summary>
internal sealed class FuzzPeer(PipeReader input, PipeWriter output)
{
    private readonly ArrayBufferWriter<byte> staged = new();

    /// <summary>A peer and the server's end, joined in memory.</summary>
    public static (FuzzPeer Peer, FrameTransport ServerEnd) CreatePair()
    {
        Pipe toServer = new(new PipeOptions(useSynchronizationContext: false));
        Pipe toClient = new(new PipeOptions(useSynchronizationContext: false));
        return (new FuzzPeer(toClient.Reader, toServer.Writer), new PipeTransport(new Ends(toServer.Reader, toClient.Writer), "fuzz"));
    }

    /// <summary>Has a frame go out with the next <see cref="SendAsync"/>.</summary>
    public void Stage(ReadOnlySpan<byte> frame)
    {
        FrameBytes.WriteInt24(staged, frame.Length);
        staged.Write(frame);
    }

    /// <summary>Sends what is staged, in two parts when <paramref name="cut"/> lies in it.</summary>
    public async ValueTask SendAsync(int cut = 0)
    {
        if (cut > 0 && cut < staged.WrittenCount)
        {
            await output.WriteAsync(staged.WrittenMemory[..cut]).ConfigureAwait(false);
            await output.WriteAsync(staged.WrittenMemory[cut..]).ConfigureAwait(false);
        }
        else
        {
            await output.WriteAsync(staged.WrittenMemory).ConfigureAwait(false);
        }

        staged.ResetWrittenCount();
    }

    /// <summary>The next frame; null at the end.</summary>
    public async ValueTask<FuzzFrame?> ReadAsync(CancellationToken giveUp)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(giveUp).ConfigureAwait(false);
            if (TryTake(result.Buffer, out byte[] frame, out SequencePosition end))
            {
                input.AdvanceTo(end);
                return new FuzzFrame(frame);
            }

            bool isEmpty = result.Buffer.IsEmpty;
            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
            {
                return isEmpty ? null : throw new FuzzException("The server ended in the middle of a frame.");
            }
        }
    }

    /// <summary>Ends this direction.</summary>
    public ValueTask CloseAsync() => output.CompleteAsync();

    /// <summary>Sees nothing more.</summary>
    public ValueTask AbandonAsync() => input.CompleteAsync();

    private static bool TryTake(ReadOnlySequence<byte> buffer, out byte[] frame, out SequencePosition end)
    {
        frame = [];
        end = buffer.Start;
        if (buffer.Length < 3)
        {
            return false;
        }

        byte[] prefix = buffer.Slice(0, 3).ToArray();
        int length = (prefix[0] << 16) | (prefix[1] << 8) | prefix[2];
        if (buffer.Length < 3 + length)
        {
            return false;
        }

        frame = buffer.Slice(3, length).ToArray();
        end = buffer.GetPosition(3 + length);
        return true;
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
