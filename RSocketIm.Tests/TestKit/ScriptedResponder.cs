using System.Collections.Concurrent;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Tests.TestKit;

/// <summary>A responder of which each test writes the parts it needs; a request-response echoes unless told otherwise.</summary>
internal sealed class ScriptedResponder : RSocketResponder
{
    private readonly TaskCompletionSource<Exception?> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Func<Payload, StreamContext, ValueTask<Payload>> OnRequest { get; init; } = (request, _) => ValueTask.FromResult(request);

    public Func<Payload, StreamContext, PayloadSource>? OnStream { get; init; }

    public Func<Payload, InboundStream, StreamContext, PayloadSource>? OnChannel { get; init; }

    public Action<Payload>? OnFireAndForget { get; init; }

    public Action<Payload>? OnPush { get; init; }

    public Func<bool> OnResume { get; init; } = () => true;

    /// <summary>Fire-and-forget requests and pushed metadata as they came.</summary>
    public ConcurrentQueue<string> Heard { get; } = new();

    /// <summary>Requests of the three kinds that are answered.</summary>
    public int Requests;

    /// <summary>Completes with the reason when the connection is over.</summary>
    public Task<Exception?> Closed => closed.Task;

    public override ValueTask<Payload> RequestResponseAsync(PayloadView request, StreamContext context)
    {
        Interlocked.Increment(ref Requests);
        return OnRequest(request.ToPayload(), context);
    }

    public override void FireAndForget(PayloadView request)
    {
        Payload kept = request.ToPayload();
        Heard.Enqueue(kept.DataText);
        OnFireAndForget?.Invoke(kept);
    }

    public override PayloadSource RequestStream(PayloadView request, StreamContext context)
    {
        Interlocked.Increment(ref Requests);
        return OnStream is null ? base.RequestStream(request, context) : OnStream(request.ToPayload(), context);
    }

    public override PayloadSource RequestChannel(PayloadView first, InboundStream incoming, StreamContext context)
    {
        Interlocked.Increment(ref Requests);
        return OnChannel is null ? base.RequestChannel(first, incoming, context) : OnChannel(first.ToPayload(), incoming, context);
    }

    public override void MetadataPush(PayloadView metadata)
    {
        var kept = metadata.ToPayload();
        Heard.Enqueue(System.Text.Encoding.UTF8.GetString(kept.Metadata.Span));
        OnPush?.Invoke(kept);
    }

    public override bool MayResume() => OnResume();

    public override void ConnectionClosed(Exception? reason) => closed.TrySetResult(reason);
}
