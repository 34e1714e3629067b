using RSocketIm.Server.Contracts;

namespace RSocketIm.Tests.Server.Contracts;

public sealed class IdTests
{
    private const string Longest = "a2345678901234567890123456789012";

    [Theory]
    [InlineData("a", true)]
    [InlineData("0.b_c-d", true)]
    [InlineData(Longest, true)]
    [InlineData(Longest + "3", false)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData("A", false)]
    [InlineData("a:b", false)]
    [InlineData("a b", false)]
    [InlineData("é", false)]
    public void UserId_HasItsForm(string text, bool valid) => Assert.Equal(valid, UserId.IsValid(text));

    [Theory]
    [InlineData("lobby", true)]
    [InlineData("team:a.b_c-d", true)]
    [InlineData(Longest + Longest, true)]
    [InlineData(Longest + Longest + "x", false)]
    [InlineData("dm:" + Longest + ":b2345678901234567890123456789012", true)]
    [InlineData("dm:b2345678901234567890123456789012:" + Longest, false)]
    [InlineData(":a", false)]
    [InlineData("Lobby", false)]
    [InlineData("", false)]
    public void RoomId_HasItsForm(string text, bool valid) => Assert.Equal(valid, RoomId.IsValid(text));

    [Fact]
    public void DirectRoom_OfTwoUsers_HasOneId()
    {
        Assert.Equal("dm:ada:bob", RoomId.ForDirect("bob", "ada"));
        Assert.Equal("dm:ada:bob", RoomId.ForDirect("ada", "bob"));
        Assert.True(RoomId.TrySplitDirect("dm:ada:bob", out ReadOnlySpan<char> lesser, out ReadOnlySpan<char> greater));
        Assert.Equal("ada", lesser.ToString());
        Assert.Equal("bob", greater.ToString());
    }

    [Theory]
    [InlineData("dm:bob:ada")]
    [InlineData("dm:ada:ada")]
    [InlineData("dm:ada")]
    [InlineData("dm:a:b:c")]
    [InlineData("lobby")]
    public void DirectRoom_OfAnotherForm_IsNone(string id) => Assert.False(RoomId.TrySplitDirect(id, out _, out _));

    [Fact]
    public void DirectRoom_WithOneself_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => RoomId.ForDirect("ada", "ada"));
        Assert.Throws<ArgumentException>(() => RoomId.ForDirect("ada", "Bob"));
    }

    [Fact]
    public void MessageId_Is1To64Bytes()
    {
        Assert.False(MessageId.IsValid(""));
        Assert.True(MessageId.IsValid(new string('é', 32)));
        Assert.False(MessageId.IsValid(new string('é', 32) + "x"));
    }
}
