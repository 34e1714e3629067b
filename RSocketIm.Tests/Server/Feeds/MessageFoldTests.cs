using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;

namespace RSocketIm.Tests.Server.Feeds;

public sealed class MessageFoldTests
{
    private readonly RoomEvent message = new() { Room = "lobby", Seq = 5, At = 50, Type = "message", From = "ann", Id = "id", Text = "old", Mentions = ["bob"], ReplyTo = 2 };

    [Fact]
    public void Edits_LeaveTheNewestTextAndItsTime()
    {
        RoomEvent folded = MessageFold.Apply(message, [Edit("new", 60), Edit("newest", 70)]);

        Assert.Equal(message with { Text = "newest", EditedAt = 70 }, folded);
        Assert.Equal("old", message.Text);
    }

    [Fact]
    public void Delete_TakesTheWordsAndEverythingThatHungOnThem()
    {
        message.Meta = new Dictionary<string, string> { ["k"] = "v" };
        message.Attachments = [new AttachmentInfo()];
        RoomEvent folded = MessageFold.Apply(message, [React("bob", "👍", true), Edit("new", 60), Delete(), Edit("back", 80), React("cid", "👍", true)]);

        Assert.Equal(
            new RoomEvent { Room = "lobby", Seq = 5, At = 50, Type = "message", From = "ann", Id = "id", ReplyTo = 2, Deleted = true },
            folded);
    }

    [Fact]
    public void Reactions_AreCountedOncePerUserUntilTakenBack()
    {
        RoomEvent folded = MessageFold.Apply(message, [
            React("bob", "👍", true), React("bob", "👍", true), React("cid", "👍", true), React("bob", "🎉", true),
            React("bob", "🎉", false), React("cid", "👎", false), React("bob", "👍", false), React("bob", "👍", true)]);

        Assert.Equal(["👍"], folded.Reactions!.Keys);
        Assert.Equal(["cid", "bob"], folded.Reactions["👍"]);
    }

    [Fact]
    public void NothingDone_LeavesTheMessageAsItIs() => Assert.Same(message, MessageFold.Apply(message, []));

    private static RoomEvent Edit(string text, long at) => new() { Type = "edit", Target = 5, Text = text, At = at, From = "ann" };

    private static RoomEvent Delete() => new() { Type = "delete", Target = 5, From = "ann" };

    private static RoomEvent React(string from, string emoji, bool on) => new() { Type = "reaction", Target = 5, From = from, Emoji = emoji, On = on };
}
