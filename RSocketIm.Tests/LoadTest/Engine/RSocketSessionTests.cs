using System.Text;
using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.LoadTest.Engine;

public sealed class RSocketSessionTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Requests_ManyInFlight_AreEachAnsweredOnce(bool overTcp)
    {
        using ClientLoop loop = new();
        RSocketSession session = RSocketSession.Open(loop, Address(overTcp), server.Name("load"));
        PreparedRequest echo = PreparedRequest.Create(session.Socket.Framing, FrameType.RequestResponse, "system.echo", "text 0000"u8);
        int number = echo.Find("0000"u8);
        Answers answers = new();
        Dictionary<int, string> expected = [];
        for (int i = 0; i < 100; i++)
        {
            string text = i.ToString("D4", null);
            Encoding.ASCII.GetBytes(text, echo.Bytes.AsSpan(number));
            expected.Add(session.Request(echo, answers), $"text {text}");
        }

        Assert.True(loop.Run(() => answers.Data.Count == 100, Guard.Patience));
        Assert.Equal(expected.OrderBy(static pair => pair.Key), answers.Data.OrderBy(static pair => pair.Key));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stream_SendsWhatIsGranted_AndEndsWhenCancelled(bool overTcp)
    {
        using ClientLoop loop = new();
        RSocketSession session = RSocketSession.Open(loop, Address(overTcp), server.Name("load"));
        byte[] data = [0x81, 0xA5, .. "count"u8, 0xCD, 0x27, 0x10]; // {count: 10000}
        Answers counted = new();
        int stream = session.Request(PreparedRequest.Create(session.Socket.Framing, FrameType.RequestStream, "system.count", data, 3), counted);
        Assert.True(loop.Run(() => counted.Count == 3, Guard.Patience));

        session.RequestN(stream, 4);
        Assert.True(loop.Run(() => counted.Count == 7, Guard.Patience));

        // What comes behind the CANCEL on the same connection shows that the stream is silent.
        session.Cancel(stream);
        Answers echoed = new();
        session.Request(PreparedRequest.Create(session.Socket.Framing, FrameType.RequestResponse, "system.echo", "x"u8), echoed);
        Assert.True(loop.Run(() => echoed.Count == 1, Guard.Patience));
        Assert.Equal(7, counted.Count);
    }

    [Fact]
    public void Error_OfARequest_IsTold_AndTheOthersGoOn()
    {
        using ClientLoop loop = new();
        RSocketSession session = RSocketSession.Open(loop, Address(overTcp: true), server.Name("load"));
        Answers answers = new();
        session.Request(PreparedRequest.Create(session.Socket.Framing, FrameType.RequestResponse, "no.such.route", "x"u8), answers);
        session.Request(PreparedRequest.Create(session.Socket.Framing, FrameType.RequestResponse, "system.echo", "x"u8), answers);

        Assert.True(loop.Run(() => answers.Count == 1 && answers.Errors.Count == 1, Guard.Patience));
        Assert.StartsWith("0x404 not_found", answers.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Setup_ThatIsRefused_IsTold()
    {
        using ClientLoop loop = new();
        RSocketSession session = RSocketSession.Open(loop, Address(overTcp: true), "Not A Name");
        string? told = null;
        session.OnEnd = (_, reason) => told = reason;

        Assert.True(loop.Run(() => told is not null, Guard.Patience));
        Assert.StartsWith("0x3", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Feed_OfARoom_BringsWhatIsSent()
    {
        await using LoadClient ann = await LoadClient.ConnectAsync(server.Tcp, server.Name("ann"));
        string room = server.Name("room");
        await ann.EnterAsync(room);
        using ClientLoop loop = new();
        RSocketSession session = RSocketSession.Open(loop, Address(overTcp: false), server.Name("load"));
        Answers entries = new();
        byte[] feed = FeedRequest.Format.ToArray(DataFormat.MessagePack, new FeedRequest { Room = room, After = 1 });
        session.Request(PreparedRequest.Create(session.Socket.Framing, FrameType.RequestStream, "rooms.feed", feed, 16), entries);
        byte[] send = MessageSend.Format.ToArray(DataFormat.MessagePack, new MessageSend { Room = room, Id = "1", Text = "found again" });
        RSocketSession sender = RSocketSession.Open(loop, Address(overTcp: true), server.Name("bob"));
        Answers refused = new();
        sender.Request(PreparedRequest.Create(sender.Socket.Framing, FrameType.RequestResponse, "messages.send", send), refused);
        Assert.True(loop.Run(() => refused.Errors.Count == 1, Guard.Patience)); // bob is no member

        await ann.SendAsync(room, "1", "found again");
        Assert.True(loop.Run(() => entries.Count == 1, Guard.Patience));
        Assert.Contains("found again", Assert.Single(entries.Data).Value, StringComparison.Ordinal);
    }

    private Uri Address(bool overTcp) => new(overTcp ? server.Tcp : server.WebSocket);

    private sealed class Answers : IStreamReceiver
    {
        public Dictionary<int, string> Data { get; } = [];

        public List<string> Errors { get; } = [];

        public int Count { get; private set; }

        public void OnPayload(RSocketSession session, int stream, ReadOnlySpan<byte> data, bool complete)
        {
            Data[stream] = Encoding.Latin1.GetString(data);
            Count++;
        }

        public void OnError(RSocketSession session, int stream, string error) => Errors.Add(error);
    }
}
