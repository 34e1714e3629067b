using RSocketIm.Protocol;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Gateways;

/// <summary>A response that stays open: it has a place like any connection, its user is online, and it is over with the token, the client or the server.</summary>
internal sealed class OpenResponse : IDisposable
{
    private readonly IDisposable place;
    private readonly IDisposable presentness;
    private readonly ConnectionRights rights;
    private readonly CancellationToken draining;
    private readonly CancellationTokenSource stop;
    private volatile RSocketException? reason;

    /// <summary>Opens it.</summary>
    /// <param name="identity">Whose it is.</param>
    /// <param name="place">Its place among the connections.</param>
    /// <param name="presentness">What its user is online by.</param>
    /// <param name="time">The clock.</param>
    /// <param name="aborted">The client has gone.</param>
    /// <param name="draining">The server stops.</param>
    public OpenResponse(Identity identity, IDisposable place, IDisposable presentness, TimeProvider time, CancellationToken aborted, CancellationToken draining)
    {
        this.place = place;
        this.presentness = presentness;
        this.draining = draining;
        stop = CancellationTokenSource.CreateLinkedTokenSource(aborted, draining);
        rights = new ConnectionRights(identity, time, over => End(over), () => End(null));
    }

    /// <summary>Cancelled when it is over, for whatever reason.</summary>
    public CancellationToken Stopped => stop.Token;

    /// <summary>Why the server ends it; null: it does not, or the client has gone.</summary>
    public RSocketException? Reason => reason ?? (draining.IsCancellationRequested ? Refusal.Draining() : null);

    /// <summary>Waits until a source may have something.</summary>
    /// <param name="reader">The source.</param>
    /// <param name="patience">How long; <see cref="TimeSpan.MaxValue"/>: for as long as it takes.</param>
    /// <param name="time">The clock.</param>
    /// <returns>False: the time is over, or the source is.</returns>
    /// <exception cref="RSocketException">The source failed, or the token's time is over.</exception>
    /// <exception cref="OperationCanceledException">The client has gone, or the server stops.</exception>
    public async ValueTask<bool> WaitAsync(SourceReader reader, TimeSpan patience, TimeProvider time)
    {
        using CancellationTokenSource clock = new(patience == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : patience, time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, stop.Token);
        try
        {
            return await reader.WaitToReadAsync(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Reason is { } over)
        {
            throw over;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose()
    {
        rights.Dispose();
        stop.Dispose();
        presentness.Dispose();
        place.Dispose();
    }

    private void End(RSocketException? over)
    {
        reason ??= over ?? ContractError.Unauthenticated.ToException("The token's time is over.");
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The timer was on its way when the response ended.
        }
    }
}
