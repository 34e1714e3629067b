using System.Threading.Channels;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Tests.TestKit;

/// <summary>A receiver that writes down what it is told, and notices calls that overlap or come after an end.</summary>
internal sealed class Recorder : IPayloadReceiver
{
    private readonly Channel<string> told = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource<RSocketException?> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int inside;

    public int Nexts;

    public int Ends;

    /// <summary>Runs inside OnNext.</summary>
    public Action<Payload>? WhenNext { get; init; }

    public Payload Last { get; private set; }

    /// <summary>What went wrong in the way the receiver was called; null when all was well.</summary>
    public string? Misuse { get; private set; }

    /// <summary>Completes with the error, or null for an end in order.</summary>
    public Task<RSocketException?> Ended => ended.Task;

    public void OnNext(PayloadView payload)
    {
        Enter();
        Last = payload.ToPayload();
        Interlocked.Increment(ref Nexts);
        WhenNext?.Invoke(Last);
        told.Writer.TryWrite(Last.DataText);
        Interlocked.Decrement(ref inside);
    }

    public void OnComplete() => End(null);

    public void OnError(RSocketException error) => End(error);

    /// <summary>The next thing told: the data of a payload, "complete", or "error CODE".</summary>
    public Task<string> ToldAsync() => told.Reader.ReadAsync().Within();

    public async Task ExpectAsync(params string[] events)
    {
        foreach (string expected in events)
        {
            Assert.Equal(expected, await ToldAsync());
        }
    }

    public void ExpectNothing() => Assert.False(told.Reader.TryPeek(out string? more), $"Nothing more was expected and \"{more}\" came.");

    private void End(RSocketException? error)
    {
        Enter();
        if (Interlocked.Increment(ref Ends) > 1)
        {
            Misuse = "The end came twice.";
        }

        told.Writer.TryWrite(error is null ? "complete" : $"error {error.Code}");
        Interlocked.Decrement(ref inside);
        ended.TrySetResult(error);
    }

    private void Enter()
    {
        if (Interlocked.Increment(ref inside) > 1)
        {
            Misuse = "Two calls overlapped.";
        }

        if (Volatile.Read(ref Ends) > 0)
        {
            Misuse = "A call came after the end.";
        }
    }
}
