using System.Threading.Channels;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Routing;

/// <summary>Makes requests of one route as bytes, whatever its interaction, and tells how they were refused.</summary>
internal sealed class BadInputCaller(ChatClient client, BadInputRoute route, BadInputWorld world)
{
    private (ChannelWriter<Payload> Say, Reading Answers)? channel;

    /// <summary>Makes a request that should be refused.</summary>
    /// <returns>The refusal; null when it was accepted, or when nobody can tell.</returns>
    public async Task<(uint Code, string Message)?> RefusalAsync(byte[] request, string? rest = null)
    {
        try
        {
            return route.Part.Length > 0 ? await SayAsync(request) : await CallAsync(new Payload(request, RequestMetadata.ForRoute(route.Route)), rest);
        }
        catch (RSocketException error)
        {
            return ((uint)error.Code, error.Message);
        }
        catch (ChannelClosedException end) when (end.InnerException is RSocketException error)
        {
            return ((uint)error.Code, error.Message);
        }
    }

    private async Task<(uint Code, string Message)?> CallAsync(Payload request, string? rest)
    {
        switch (route.Interaction)
        {
            case Interaction.FireAndForget:
                await client.Connection.FireAndForgetAsync(request).Within();
                await client.WhoAmIAsync(); // comes after it on the same connection
                break;
            case Interaction.RequestResponse:
                await client.Connection.RequestResponseAsync(request).Within();
                break;
            case Interaction.RequestStream:
                Reading stream = client.Stream(request, 1);
                await stream.NextAsync();
                stream.Stream.Cancel();
                break;
            default:
                (ChannelWriter<Payload> say, Reading answers) = Open(request, 1);
                if (rest is not null)
                {
                    say.TryWrite(Payload.FromText(rest));
                    say.Complete();
                }

                await answers.NextAsync();
                answers.Stream.Cancel();
                break;
        }

        return null;
    }

    // Into a channel that is open, where an error comes in place of the answer.
    private async Task<(uint Code, string Message)?> SayAsync(byte[] request)
    {
        if (channel is null)
        {
            byte[] first = WireValue.Encode(client.Format, BadInputSite.Strip(route.First!(world)));
            channel = Open(new Payload(first, RequestMetadata.ForRoute(route.Route)), int.MaxValue);
            if (route.Route == "messages.publish")
            {
                await channel.Value.Answers.NextAsync();
            }
        }

        channel.Value.Say.TryWrite(new Payload(request));
        Payload answer = await channel.Value.Answers.NextAsync();
        try
        {
            if (route.Route == "messages.publish")
            {
                ErrorBody error = PublishError.Format.Read(client.Format, answer.Data).Error;
                return ((uint)error.Code, $"{error.Name}: {error.Message}");
            }

            SessionError reply = SessionError.Format.Read(client.Format, answer.Data);
            return ((uint)reply.Code, $"{reply.Name}: {reply.Message}");
        }
        catch (RecordFormatException)
        {
            return null; // no error but an answer
        }
    }

    private (ChannelWriter<Payload> Say, Reading Answers) Open(Payload first, int credit)
    {
        Channel<Payload> say = Channel.CreateUnbounded<Payload>();
        return (say.Writer, client.Channel(first, PayloadSources.From(say.Reader.ReadAllAsync()), credit));
    }
}
