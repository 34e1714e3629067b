using System.IO.Pipelines;
using System.Net.Sockets;
using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>Asks every route of a whole server, over TCP, with records that are nearly right; answers may be anything but an internal error.</summary>
/// <remarks>What a server does with its rooms depends on all that came before: a finding is a sequence that may need the rooms of its run.</remarks>
internal sealed class RouteFuzzer(ulong seed) : IFuzzer, IDisposable
{
    private const uint InternalError = (uint)Server.Contracts.ContractError.Internal;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RouteSequenceMaker.Bodies bodies = new();
    private ServerUnderLoad? server;
    private string directory = "";
    private long sequences;
    private long frames;

    public string Name => "routes";

    public bool IsSequence => true;

    public long Inputs => Volatile.Read(ref sequences);

    public long Frames => Volatile.Read(ref frames);

    public int Kinds => 0;

    public byte[] Current => [];

    public FuzzFinding? Run(int count) => RunAsync(count).GetAwaiter().GetResult();

    public (string Kind, string Message)? Replay(byte[] input)
    {
        FrameSequence sequence = FrameSequence.FromBytes(input);
        int at = 0;
        return PlayAsync(new FuzzRandom(1), () => at < sequence.Frames.Count ? sequence.Frames[at++] : null).GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        if (server is not null)
        {
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task<FuzzFinding?> RunAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            ulong own = FuzzRandom.Seed(seed, (ulong)sequences);
            FuzzRandom random = new(own);
            RouteSequenceMaker maker = new(random, bodies);
            (string Kind, string Message)? wrong = await PlayAsync(random, maker.Next).ConfigureAwait(false);
            Volatile.Write(ref sequences, sequences + 1);
            Volatile.Write(ref frames, frames + maker.Frames.Count);
            if (wrong is { } finding)
            {
                FrameSequence sequence = new(true, maker.Frames);
                return new FuzzFinding(Name, finding.Kind, $"{finding.Message}\nSequence seed {own}, {sequence}", sequence.ToBytes(), own);
            }
        }

        return null;
    }

    private async Task<(string Kind, string Message)?> PlayAsync(FuzzRandom random, Func<byte[]?> next)
    {
        if (server is null)
        {
            directory = Directory.CreateTempSubdirectory("rsocketim-fuzz-").FullName;
            server = await ServerUnderLoad.StartAsync(directory).ConfigureAwait(false);
        }

        Uri place = new(server.Tcp);
        using TcpClient socket = new();
        using CancellationTokenSource patience = new(Patience);
        await socket.ConnectAsync(place.Host, place.Port, patience.Token).ConfigureAwait(false);
        NetworkStream stream = socket.GetStream();
        FuzzPeer peer = new(PipeReader.Create(stream), PipeWriter.Create(stream));
        try
        {
            await PlayAsync(peer, random, next, patience.Token).ConfigureAwait(false);
            return null;
        }
        catch (FuzzException wrong)
        {
            return ("model", wrong.Message);
        }
        catch (OperationCanceledException)
        {
            return ("hang", $"What must come did not within {Patience.TotalSeconds} s.");
        }
        catch (IOException error)
        {
            return ("model", $"The server dropped the connection: {error.Message}");
        }
    }

    private static async Task PlayAsync(FuzzPeer peer, FuzzRandom random, Func<byte[]?> next, CancellationToken giveUp)
    {
        FrameObserver observer = new(maxFrameLength: 65_536);
        int fences = 0;
        for (bool more = true; more;)
        {
            for (int left = random.Between(1, 8); left > 0 && more; left--)
            {
                byte[]? bytes = next();
                more = bytes is not null;
                if (bytes is not null)
                {
                    Announce(observer, new FuzzFrame(bytes));
                    peer.Stage(bytes);
                }
            }

            byte[] fence = BitConverter.GetBytes(++fences);
            observer.EchoWanted(fence);
            peer.Stage([0, 0, 0, 0, (byte)FrameType.KeepAlive << 2, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, .. fence]);
            await peer.SendAsync().ConfigureAwait(false);
            while (true)
            {
                FuzzFrame frame = await peer.ReadAsync(giveUp).ConfigureAwait(false) ?? throw new FuzzException("The server ended the connection without cause.");
                if (observer.Observe(frame) is { Type: FrameType.Error, Number: (uint)ErrorCode.ApplicationError or InternalError })
                {
                    throw new FuzzException($"An internal error: {System.Text.Encoding.UTF8.GetString(frame.Body[4..])}, {frame}.");
                }

                if (observer.ConnectionError is { } code)
                {
                    throw new FuzzException($"The server ended the connection without cause: {code}, {System.Text.Encoding.UTF8.GetString(frame.Body[4..])}");
                }

                if (frame.Id == 0 && frame.Body[8..].SequenceEqual(fence))
                {
                    break;
                }
            }
        }

        await peer.CloseAsync().ConfigureAwait(false);
    }

    private static void Announce(FrameObserver observer, FuzzFrame frame)
    {
        if (frame.Type.IsRequest)
        {
            observer.Requested(frame);
        }
        else if (frame.Type == FrameType.RequestN)
        {
            observer.Granted(frame.Id, frame.Number);
        }
    }
}
