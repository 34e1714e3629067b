using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Server.Gateways.Http;

/// <summary>A feed that is read for the time of one answer: <c>limit</c> is its credit, and what the client has seen is the next one's position.</summary>
/// <param name="context">The request, whose response has not started.</param>
/// <param name="reader">The feed.</param>
/// <param name="isAtHead">Whether the feed has given everything that there is.</param>
/// <param name="open">How long it stays open.</param>
/// <param name="time">The clock.</param>
internal sealed class Poll(HttpContext context, SourceReader reader, Func<bool> isAtHead, OpenResponse open, TimeProvider time)
{
    /// <summary>Waits for the first event, and answers.</summary>
    /// <param name="seconds">How long to wait; 0: not at all.</param>
    /// <param name="limit">Most events.</param>
    /// <param name="page">What to answer, once it is known whether there is an event.</param>
    /// <exception cref="RSocketException">The feed failed before the response started.</exception>
    public async Task AnswerAsync(long seconds, long limit, Func<IPollPage> page)
    {
        (bool found, Payload payload) = await ReadFirstAsync(seconds).ConfigureAwait(false);
        IPollPage answer = page();
        if (PollBody.TryAnswerUnchanged(context, answer.Tag))
        {
            return;
        }

        using PollBody body = new(context, answer.Tag, open.Stopped);
        try
        {
            body.Json.WriteStartObject();
            answer.WriteBefore(body.Json);
            body.Json.WriteStartArray("events"u8);
            for (long written = 0; found;)
            {
                await body.WriteEventAsync(payload.Data).ConfigureAwait(false);
                if (++written == limit || answer.IsComplete)
                {
                    break;
                }

                while (!(found = reader.TryRead(out payload)) && !answer.IsComplete && await reader.WaitToReadAsync(open.Stopped).ConfigureAwait(false))
                {
                    // An old entry is on its way from the store.
                }
            }

            body.Json.WriteEndArray();
            answer.WriteAfter(body.Json);
            body.Json.WriteEndObject();
            await body.EndAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException || (error is RSocketException && context.Response.HasStarted))
        {
            // Half an answer is none: the client sees that it was cut off, and asks again.
            context.Abort();
        }
    }

    private async ValueTask<(bool Found, Payload First)> ReadFirstAsync(long seconds)
    {
        DateTimeOffset until = time.GetUtcNow() + TimeSpan.FromSeconds(seconds);
        while (true)
        {
            if (reader.TryRead(out Payload first))
            {
                return (true, first);
            }

            // The time is for events to come. One that is there, and on its way from the store, is given however long that takes.
            TimeSpan left = isAtHead() ? until - time.GetUtcNow() : TimeSpan.MaxValue;
            if (left <= TimeSpan.Zero || !await open.WaitAsync(reader, left, time).ConfigureAwait(false))
            {
                return (false, default);
            }
        }
    }
}
