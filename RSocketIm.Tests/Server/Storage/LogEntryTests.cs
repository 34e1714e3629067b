using System.Text;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.Storage;

public sealed class LogEntryTests
{
    [Fact]
    public void Entry_FromItsBytes_IsTheEntryThatWasEncoded()
    {
        LogEntry entry = LogEntry.Encode(new RoomEvent { Room = "lobby", Seq = 9, At = 8, Type = "edit", From = "ann", Target = 7, Text = "x" });
        LogEntry read = LogEntry.FromBytes(entry.Bytes);

        Assert.Equal((9, 8, EntryKind.Edit, "ann", 7), (read.Seq, read.At, read.Kind, read.From, read.Target));
        Assert.Equal("{\"room\":\"lobby\",\"seq\":9,\"at\":8,\"type\":\"edit\",\"from\":\"ann\",\"text\":\"x\",\"target\":7}", Encoding.UTF8.GetString(read.Json.Span));
    }
}
