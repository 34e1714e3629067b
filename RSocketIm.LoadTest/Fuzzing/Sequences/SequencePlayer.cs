using System.Buffers.Binary;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>Plays a sequence of frames on a live connection to a server, and holds every frame that comes back against the model.</summary>
/// <remarks>
/// Nothing waits for a time: a KEEPALIVE that asks for its data is a fence. Its echo goes before data, so all is out
/// when two echoes come with nothing between them.
/// </remarks>
internal sealed class SequencePlayer : IDisposable
{
    /// <summary>A sequence takes milliseconds; after this long something will never come.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private const int OutboundFrameLength = 128;

    private static readonly RSocketServerOptions Options = new()
    {
        MaxStreams = ConnectionModel.MaxStreams,
        MaxInboundFrameLength = ConnectionModel.MaxFrameLength,
        MaxSetupBytes = ConnectionModel.MaxSetupBytes,
        MaxOutboundFrameLength = OutboundFrameLength,
        Reassembly = ConnectionModel.Reassembly,
        SetupTimeout = TimeSpan.FromHours(1),
        LingerTimeout = TimeSpan.FromMinutes(1),
    };

    private readonly FuzzPeer peer;
    private readonly FrameObserver observer = new(OutboundFrameLength);
    private readonly FuzzResponder responder = new();
    private readonly ConnectionModel model = new();
    private readonly CancellationTokenSource patience = new(Patience);
    private readonly Task serving;
    private readonly FuzzRandom random;
    private int fences;

    private SequencePlayer(FuzzRandom random)
    {
        this.random = random;
        RSocketServer server = new((_, _, _) => ValueTask.FromResult<RSocketResponder>(responder), Options);
        (peer, FrameTransport serverEnd) = FuzzPeer.CreatePair();
        serving = server.ServeAsync(serverEnd);
    }

    /// <summary>Plays frames as they are made.</summary>
    /// <param name="random">Where sends are cut.</param>
    /// <param name="inBursts">Several frames at a time.</param>
    /// <param name="next">The next frame, or null when it is enough; the model says what is open.</param>
    /// <returns>What is wrong, or null.</returns>
    public static async Task<(string Kind, string Message)?> PlayAsync(FuzzRandom random, bool inBursts, Func<ConnectionModel, byte[]?> next)
    {
        using SequencePlayer player = new(random);
        try
        {
            await (inBursts ? player.PlayBurstsAsync(next) : player.PlayOneByOneAsync(next)).ConfigureAwait(false);
            await player.EndAsync().ConfigureAwait(false);
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
#pragma warning disable CA1031 // Any other exception is what this program looks for.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return ("crash", error.ToString());
        }
        finally
        {
            await player.peer.CloseAsync().ConfigureAwait(false);
            await player.peer.AbandonAsync().ConfigureAwait(false);
        }
    }

    public void Dispose() => patience.Dispose();

    private async Task PlayOneByOneAsync(Func<ConnectionModel, byte[]?> next)
    {
        while (!model.IsClosed && next(model) is { } bytes)
        {
            FuzzFrame frame = new(bytes);
            Announce(frame);
            model.Apply(frame);
            if (model.Echo is { } echo)
            {
                observer.EchoWanted(echo);
            }

            peer.Stage(bytes);
            await peer.SendAsync(random.OneIn(4) ? random.Below(bytes.Length + 3) : 0).ConfigureAwait(false);
            if (model.IsClosed)
            {
                await ExpectCloseAsync().ConfigureAwait(false);
                return;
            }

            Compare(await QuiesceAsync().ConfigureAwait(false), frame);
        }
    }

    private async Task PlayBurstsAsync(Func<ConnectionModel, byte[]?> next)
    {
        // SETUP is accepted or not before anything else, so that what is wrong with it is not blamed on the rest.
        if (next(model) is not { } setup)
        {
            return;
        }

        model.Apply(new FuzzFrame(setup));
        peer.Stage(setup);
        await peer.SendAsync().ConfigureAwait(false);
        bool more = !model.IsClosed;
        while (more && !model.IsClosed)
        {
            for (int left = random.Between(1, 10); left > 0 && more && !model.IsClosed; left--)
            {
                byte[]? bytes = next(model);
                more = bytes is not null;
                if (bytes is not null)
                {
                    FuzzFrame frame = new(bytes);
                    Announce(frame);
                    model.Apply(frame); // for what is open, roughly, and for what ends the connection, exactly
                    if (model.Echo is { } echo)
                    {
                        observer.EchoWanted(echo);
                    }

                    peer.Stage(bytes);
                }
            }

            await peer.SendAsync(random.OneIn(4) ? random.Below(100) : 0).ConfigureAwait(false);
            if (!model.IsClosed)
            {
                await QuiesceAsync().ConfigureAwait(false);
            }
        }

        if (model.IsClosed)
        {
            await ExpectCloseAsync().ConfigureAwait(false);
        }
    }

    // Tells the observer what it must know before the server can answer.
    private void Announce(FuzzFrame frame)
    {
        if (!model.IsOpen || !frame.HasHeader)
        {
            return;
        }

        if (frame.Type.IsRequest && model.IsFree(frame.Id))
        {
            observer.Requested(frame);
        }
        else if (frame.Type == FrameType.RequestN && frame.Body.Length >= 4)
        {
            observer.Granted(frame.Id, frame.Number);
        }
    }

    // Everything that comes until nothing is on its way any more, by stream.
    private async Task<Dictionary<int, ModelAnswer>> QuiesceAsync()
    {
        Dictionary<int, ModelAnswer> came = [];
        for (int quiet = 0; quiet < 2;)
        {
            byte[] data = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(data, ++fences);
            observer.EchoWanted(data);
            peer.Stage([0, 0, 0, 0, (byte)FrameType.KeepAlive << 2, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, .. data]);
            await peer.SendAsync().ConfigureAwait(false);
            bool any = false;
            while (true)
            {
                FuzzFrame frame = await peer.ReadAsync(patience.Token).ConfigureAwait(false)
                    ?? throw new FuzzException("The server ended the connection without cause.");
                Note(came, frame);
                if (observer.ConnectionError is { } code)
                {
                    throw new FuzzException($"The server ended the connection without cause: {code}, {System.Text.Encoding.UTF8.GetString(frame.Body[4..])}");
                }

                if (frame.Id == 0 && frame.Body[8..].SequenceEqual(data))
                {
                    break;
                }

                any = true;
            }

            quiet = any ? 0 : quiet + 1;
        }

        return came;
    }

    private void Note(Dictionary<int, ModelAnswer> came, FuzzFrame frame)
    {
        if (observer.Observe(frame) is { } whole)
        {
            if (!came.TryGetValue(frame.Id, out ModelAnswer? answer))
            {
                came.Add(frame.Id, answer = new ModelAnswer());
            }

            (whole.Type is FrameType.Payload or FrameType.Error ? answer.Data : answer.Control).Add(whole);
        }
    }

    private void Compare(Dictionary<int, ModelAnswer> came, FuzzFrame cause)
    {
        foreach (int id in came.Keys.Union(model.Answers.Keys))
        {
            ModelAnswer actual = came.GetValueOrDefault(id) ?? new ModelAnswer();
            ModelAnswer expected = model.Answers.GetValueOrDefault(id) ?? new ModelAnswer();
            Compare(id, cause, actual.Data, expected.Data);
            Compare(id, cause, actual.Control.Count > expected.Control.Count ? [.. actual.Control.Except(expected.MaybeControl)] : actual.Control, expected.Control);
        }
    }

    private static void Compare(int id, FuzzFrame cause, List<Expectation> actual, List<Expectation> expected)
    {
        if (!actual.SequenceEqual(expected))
        {
            throw new FuzzException($"After {cause}, on stream {id}: expected [{string.Join("; ", expected)}], came [{string.Join("; ", actual)}].");
        }
    }

    private async Task ExpectCloseAsync()
    {
        while (await peer.ReadAsync(patience.Token).ConfigureAwait(false) is { } frame)
        {
            observer.Observe(frame);
        }

        await peer.CloseAsync().ConfigureAwait(false);
        bool right = model.CloseCodes is { } codes ? observer.ConnectionError is { } code && codes.Contains(code) : observer.ConnectionError is null;
        if (!right)
        {
            throw new FuzzException($"The connection ended with {observer.ConnectionError?.ToString() ?? "no ERROR"}, not with {(model.CloseCodes is { } any ? string.Join(" or ", any) : "none")}.");
        }
    }

    private async Task EndAsync()
    {
        if (!model.IsClosed)
        {
            await peer.CloseAsync().ConfigureAwait(false);
            while (await peer.ReadAsync(patience.Token).ConfigureAwait(false) is { } frame)
            {
                observer.Observe(frame);
            }

            if (observer.ConnectionError is { } code)
            {
                throw new FuzzException($"The client ended in order, and the server answered {code}.");
            }
        }

        await serving.WaitAsync(patience.Token).ConfigureAwait(false);
        while (responder.Held != 0)
        {
            // A handler that waited for its stream's end is told on another thread.
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        if (responder.Held != 0 || responder.Closed != (model.IsOpen ? 1 : 0))
        {
            throw new FuzzException($"The connection is over: {responder.Held} sources are held, and the responder was told {responder.Closed} times.");
        }
    }
}
