using System.Threading.Channels;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Routing;

public sealed class SessionTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Fact]
    public async Task Session_Send_IsAckedAndComesBackAsAnEvent()
    {
        await using ChatClient client = await server.GuestAsync(format: DataFormat.Json);
        (Reading session, ChannelWriter<Payload> say, string room) = await OpenAsync(client, credit: 10);
        say.TryWrite(Payload.FromText("{\"op\":\"send\",\"id\":\"a\",\"text\":\"hello\"}"));

        // The two are independent: which comes first is not said.
        string[] both = [(await session.NextAsync()).DataText, (await session.NextAsync()).DataText];
        string ack = Assert.Single(both, static text => text.Contains("\"type\":\"ack\"", StringComparison.Ordinal));
        string entry = Assert.Single(both, static text => text.Contains("\"type\":\"message\"", StringComparison.Ordinal));
        Assert.StartsWith("{\"type\":\"ack\",\"id\":\"a\",\"seq\":2,", ack, StringComparison.Ordinal);
        Assert.Contains($"{{\"room\":\"{room}\",\"seq\":2,", entry, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"op\":\"send\",\"text\":\"x\"}", "id is missing")]
    [InlineData("{\"op\":\"dance\"}", "op is")]
    [InlineData("not json", "is not valid JSON")]
    [InlineData("{\"op\":\"read\",\"seq\":99}", "'seq' is 99")]
    public async Task Session_BadOperation_IsAnsweredWithAnErrorAndGoesOn(string operation, string complaint)
    {
        await using ChatClient client = await server.GuestAsync(format: DataFormat.Json);
        (Reading session, ChannelWriter<Payload> say, _) = await OpenAsync(client, credit: 10);
        say.TryWrite(Payload.FromText(operation));
        SessionError error = await session.NextAsync(SessionError.Format);
        Assert.Equal((0x400L, "bad_request"), (error.Code, error.Name));
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
        say.TryWrite(Payload.FromText("{\"op\":\"typing\"}"));
        say.TryWrite(Payload.FromText("{\"op\":\"send\",\"id\":\"b\",\"text\":\"x\"}"));
        await session.NextAsync();
        await session.NextAsync();
    }

    [Fact]
    public async Task Session_ManySends_ArePacedByWhatTheClientTakes()
    {
        const int Sends = 500;
        await using ChatClient client = await server.GuestAsync();
        (Reading session, ChannelWriter<Payload> say, _) = await OpenAsync(client, credit: 2);
        for (int i = 0; i < Sends; i++)
        {
            SessionOperation send = new() { Op = SessionOperation.SendOp, Id = $"m{i}", Text = "x" };
            say.TryWrite(new Payload(SessionOperation.Format.ToArray(client.Format, send)));
        }

        // An ack and an event for each; a reading that gets more than it granted fails.
        int acks = 0;
        List<long> seqs = [];
        for (int i = 0; i < 2 * Sends; i++)
        {
            RoomEventOrAck item = RoomEventOrAck.Read(client.Format, await session.NextAsync());
            acks += item.IsAck ? 1 : 0;
            seqs.AddRange(item.IsAck ? [] : [item.Seq]);
            session.Grant(1);
        }

        Assert.Equal(Sends, acks);
        Assert.Equal(Enumerable.Range(2, Sends).Select(static seq => (long)seq), seqs);
    }

    private async Task<(Reading Session, ChannelWriter<Payload> Say, string Room)> OpenAsync(ChatClient client, int credit)
    {
        string room = server.Name("session");
        await client.CreateAsync(room);
        Channel<Payload> rest = Channel.CreateUnbounded<Payload>();
        Payload first = client.Encode("rooms.session", FeedRequest.Format, new FeedRequest { Room = room });
        return (client.Channel(first, PayloadSources.From(rest.Reader.ReadAllAsync()), credit), rest.Writer, room);
    }

    private sealed record RoomEventOrAck(bool IsAck, long Seq)
    {
        private static readonly RecordFormat<Head> Format = new RecordFormatBuilder<Head>(static () => new Head())
            .Required("type", FieldTypes.Text(), static r => r.Type, static (r, v) => r.Type = v)
            .Required("seq", FieldTypes.WholeNumber(1, long.MaxValue), static r => r.Seq, static (r, v) => r.Seq = v)
            .Build();

        public static RoomEventOrAck Read(DataFormat format, Payload payload)
        {
            Head head = Format.Read(format, payload.Data);
            return new RoomEventOrAck(head.Type == "ack", head.Seq);
        }

        private sealed class Head
        {
            public string Type { get; set; } = "";

            public long Seq { get; set; }
        }
    }
}
