using RSocketIm.LoadTest.Durability;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Tests.LoadTest.Durability;

/// <summary>A check that finds nothing proves nothing until it has been seen to find each fault.</summary>
public sealed class CrashCheckTests
{
    // 1: ann joins; then ann 0, bob 0, ann 1, bob 1, ann 2, bob 2 at 2..7. Bob's last was never acknowledged.
    private readonly List<RoomEvent> log =
        [Joined(1), Message(2, "ann", 0), Message(3, "bob", 0), Message(4, "ann", 1), Message(5, "bob", 1), Message(6, "ann", 2), Message(7, "bob", 2)];

    private readonly Dictionary<string, IReadOnlyList<long>> acknowledged = new() { ["ann"] = [2, 4, 6], ["bob"] = [3, 5] };

    [Fact]
    public void AWholeLog_IsWell() => Expect();

    [Fact]
    public void AnUnacknowledgedMessage_MayBeThereOnceOrNotAtAll()
    {
        log.RemoveAt(6);
        Expect();
    }

    [Fact]
    public void AnEntryThatIsMissing_IsFound()
    {
        log.RemoveAt(3);
        Expect(
            "room: 5 came after 3.",
            "room: 6 is message 2 of ann, expected 1.",
            "room: ann had 3 messages acknowledged, 2 are there.",
            "room: message 1 of ann was acknowledged as 4 and is 6.");
    }

    [Fact]
    public void AMissingMessageWhoseSeqAnotherTook_IsFound()
    {
        log.RemoveAt(3);
        Renumber();
        Expect(
            "room: 5 is message 2 of ann, expected 1.",
            "room: ann had 3 messages acknowledged, 2 are there.",
            "room: message 1 of ann was acknowledged as 4 and is 5.",
            "room: message 1 of bob was acknowledged as 5 and is 4.");
    }

    [Fact]
    public void ALogThatEndsTooSoon_IsFound()
    {
        log.RemoveRange(5, 2);
        Expect("room: ann had 3 messages acknowledged, 2 are there.");
    }

    [Fact]
    public void AnEmptyLog_IsFound()
    {
        log.Clear();
        Expect("room: ann had 3 messages acknowledged, 0 are there.", "room: bob had 2 messages acknowledged, 0 are there.");
    }

    [Fact]
    public void AnEntryThatComesTwice_IsFound()
    {
        log.Insert(3, log[2]);
        Expect(
            "room: 3 came after 3.",
            "room: 3 is message 0 of bob, expected 1.",
            "room: 5 is message 1 of bob, expected 2.",
            "room: 7 is message 2 of bob, expected 3.",
            "room: message 1 of bob was acknowledged as 5 and is 3.");
    }

    [Theory]
    [InlineData("ann", 0)]
    [InlineData("ann", 2)]
    [InlineData("bob", 2)]
    public void ARetriedMessageThatIsThereTwice_IsFound(string user, int message)
    {
        log.Add(Message(8, user, message));
        Expect($"room: 8 is message {message} of {user}, expected 3.");
    }

    [Fact]
    public void AMessageAtAnotherSeqThanItsSenderWasTold_IsFound()
    {
        // Another room's sender would not notice: each one's own messages are complete and in order.
        (log[3], log[4]) = (log[4], log[3]);
        Renumber();
        Expect("room: message 1 of ann was acknowledged as 4 and is 5.", "room: message 1 of bob was acknowledged as 5 and is 4.");
    }

    [Fact]
    public void MessagesOfOneSenderInAnotherOrder_AreFound()
    {
        (log[1], log[3]) = (log[3], log[1]);
        Renumber();
        Expect("room: 2 is message 1 of ann, expected 0.", "room: 4 is message 0 of ann, expected 1.");
    }

    [Fact]
    public void EntriesThatComeInAnotherOrderThanTheirSeqs_AreFound()
    {
        (log[3], log[4]) = (log[4], log[3]);
        Expect("room: 5 came after 3.", "room: 4 came after 5.", "room: 6 came after 4.");
    }

    [Fact]
    public void ALogThatDoesNotBeginAtItsFirstEntry_IsFound()
    {
        log.RemoveAt(0);
        Expect("room: 2 came after 0.");
    }

    [Fact]
    public void AHoleWithoutAMessage_IsFound()
    {
        log[6] = Message(8, "bob", 2);
        Expect("room: 8 came after 6.");
    }

    [Fact]
    public void AGapEntryInPlaceOfMessages_IsFound()
    {
        log.RemoveRange(0, 2);
        log.Insert(0, new RoomEvent { Room = "room", Seq = 1, Type = RoomEventTypes.Gap, To = 2, Reason = "retention" });
        Expect(
            "room: 1 to 2 are gone (retention).",
            "room: 3 came after 1.",
            "room: 4 is message 1 of ann, expected 0.",
            "room: 6 is message 2 of ann, expected 1.",
            "room: ann had 3 messages acknowledged, 2 are there.",
            "room: message 0 of ann was acknowledged as 2 and is 4.",
            "room: message 1 of ann was acknowledged as 4 and is 6.");
    }

    [Fact]
    public void AnotherText_IsFound()
    {
        log[3].Text = CrashSender.TextOf("ann", 7);
        Expect("room: 4, message 1 of ann, has another text than was sent.");
    }

    [Theory]
    [InlineData("eve", "m0")]
    [InlineData("ann", "x0")]
    [InlineData("ann", "m")]
    [InlineData("ann", null)]
    public void AMessageThatNobodySent_IsFound(string from, string? id)
    {
        log.Add(new RoomEvent { Room = "room", Seq = 8, Type = RoomEventTypes.Message, From = from, Id = id, Text = "?" });
        Expect($"room: 8 is message {id} of {from}, which nobody sent.");
    }

    private static RoomEvent Joined(long seq) => new() { Room = "room", Seq = seq, Type = RoomEventTypes.Member, From = "ann", User = "ann", Change = MemberChanges.Joined };

    private static RoomEvent Message(long seq, string from, long message) =>
        new() { Room = "room", Seq = seq, Type = RoomEventTypes.Message, From = from, Id = CrashSender.IdOf(message), Text = CrashSender.TextOf(from, message) };

    private void Renumber()
    {
        for (int i = 0; i < log.Count; i++)
        {
            log[i].Seq = i + 1;
        }
    }

    private void Expect(params string[] expected)
    {
        List<string> violations = [];
        CrashCheck.Compare("room", log, acknowledged, violations);
        Assert.Equal(expected, violations);
    }
}
