using System.Buffers;
using System.Text;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Tests.Server.Contracts;

public sealed class ContractRangeTests
{
    [Theory]
    [InlineData("""{"room":"a","limit":0}""", "limit is 0, but must be a whole number from 1 to 500.")]
    [InlineData("""{"room":"a","limit":501}""", "limit is 501, but must be a whole number from 1 to 500.")]
    [InlineData("""{"room":"a","limit":2147483648}""", "limit is 2147483648, but must be a whole number from 1 to 500.")]
    [InlineData("""{"room":"a","limit":1.5}""", "limit is 1.5, but must be a whole number from 1 to 500.")]
    [InlineData("""{"room":"a","limit":"50"}""", "limit is \"50\", but must be a whole number from 1 to 500.")]
    [InlineData("""{"room":"a","after":-1}""", "after is -1, but must be a whole number from 0 to 9007199254740992.")]
    [InlineData("""{"limit":5}""", $"room is missing, but must be {RoomId.Allowed}.")]
    [InlineData("""{"room":"Lobby"}""", $"room is \"Lobby\", but must be {RoomId.Allowed}.")]
    [InlineData("""{"room":null}""", $"room is null, but must be {RoomId.Allowed}.")]
    public void History_OutsideItsRange_IsRefusedAndNothingIsClamped(string json, string sentence)
    {
        RecordFormatException error = Assert.Throws<RecordFormatException>(() => HistoryRequest.Format.Read(DataFormat.Json, Encoding.UTF8.GetBytes(json)));
        Assert.Equal(sentence, error.Message);
        RSocketException answer = error.ToException();
        Assert.Equal((ErrorCode)0x400, answer.Code);
        Assert.Equal($"bad_request: {sentence}", answer.Message);
    }

    [Fact]
    public void Limits_WhenAbsentOrNull_AreTheDefaults()
    {
        Assert.Equal(50, HistoryRequest.Format.Read(DataFormat.Json, """{"room":"a"}"""u8.ToArray()).Limit);
        Assert.Equal(50, HistoryRequest.Format.Read(DataFormat.Json, """{"room":"a","limit":null,"before":null}"""u8.ToArray()).Limit);
        Assert.Equal(50, RoomList.Format.Read(DataFormat.MessagePack, (byte[])[0x80]).Limit);
        Assert.False(RoomList.Format.Read(DataFormat.MessagePack, (byte[])[0x80]).Mine);
        Assert.Equal("public", RoomCreate.Format.Read(DataFormat.Json, """{"room":"a"}"""u8.ToArray()).Kind);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(16 * 1024, true)]
    [InlineData((16 * 1024) + 1, false)]
    public void Text_OfAMessage_IsOneByteTo16KiB(int bytes, bool allowed)
    {
        MessageSend send = new() { Room = "a", Id = "1", Text = new string('x', bytes) };
        foreach (DataFormat format in Enum.GetValues<DataFormat>())
        {
            byte[] data = MessageSend.Format.ToArray(format, send);
            Exception? error = Record.Exception(() => MessageSend.Format.Read(format, data));
            Assert.Equal(allowed ? null : "text", (error as RecordFormatException)?.Field);
        }

        byte[] large = MessageSend.Format.ToArray(DataFormat.MessagePack, send with { Text = new string('x', 20_000) });
        Assert.Equal(20_000, MessageSend.CreateFormat(32_768).Read(DataFormat.MessagePack, large).Text.Length);
    }

    [Fact]
    public void SessionOperation_WithoutWhatItsOpNeeds_IsRefusedByKey()
    {
        Assert.Equal("id", FieldOf("""{"op":"send","text":"x"}"""));
        Assert.Equal("text", FieldOf("""{"op":"send","id":"1"}"""));
        Assert.Equal("seq", FieldOf("""{"op":"read"}"""));
        Assert.Equal("op", FieldOf("""{"op":"shout"}"""));
        Assert.Equal("op", FieldOf("{}"));
        Assert.Null(FieldOf("""{"op":"typing"}"""));

        static string? FieldOf(string json)
        {
            ReadOnlySequence<byte> data = new(Encoding.UTF8.GetBytes(json));
            return (Record.Exception(() => SessionOperation.Read(SessionOperation.Format, DataFormat.Json, data)) as RecordFormatException)?.Field;
        }
    }

    [Fact]
    public void RoleChange_WithoutARole_IsRefused()
    {
        byte[] data = MemberAction.Format.ToArray(DataFormat.MessagePack, new MemberAction { Room = "a", User = "bob" });
        Assert.Null(MemberAction.Format.Read(DataFormat.MessagePack, data).Role);
        Assert.Equal("role", Assert.Throws<RecordFormatException>(() => MemberAction.FormatOfRole.Read(DataFormat.MessagePack, data)).Field);
    }

    [Fact]
    public void RoomCreate_OfADirectRoom_IsRefused() =>
        Assert.Equal("room", Assert.Throws<RecordFormatException>(() => RoomCreate.Format.Read(DataFormat.Json, """{"room":"dm:ada:bob"}"""u8.ToArray())).Field);

    [Fact]
    public void Attachment_InsideAMessage_IsNamedByItsPath()
    {
        byte[] json = """{"room":"a","id":"1","text":"x","attachments":[{"id":"f","name":"n","size":1,"type":""},{"id":"f","name":"n","size":-1,"type":""}]}"""u8.ToArray();
        Assert.Equal("attachments[1].size", Assert.Throws<RecordFormatException>(() => MessageSend.Format.Read(DataFormat.Json, json)).Field);
    }

    [Theory]
    [InlineData("application/vnd.msgpack", DataFormat.MessagePack)]
    [InlineData("application/x-msgpack", DataFormat.MessagePack)]
    [InlineData("APPLICATION/msgpack", DataFormat.MessagePack)]
    [InlineData("application/json", DataFormat.Json)]
    public void DataMimeType_OfTheContract_HasAFormat(string mimeType, DataFormat expected)
    {
        Assert.True(DataMimeTypes.TryGetFormat(mimeType, out DataFormat format));
        Assert.Equal(expected, format);
        Assert.False(DataMimeTypes.TryGetFormat("application/octet-stream", out _));
    }
}
