using RSocketIm.Server.Gateways;

namespace RSocketIm.Tests.Server.Gateways;

public sealed class OriginPolicyTests
{
    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("http://chat.example:7070", true)]
    [InlineData("https://CHAT.example:7070", true)]
    [InlineData("https://chat.example", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("https://chat.example:7070.evil.example", false)]
    [InlineData("null", false)]
    [InlineData("https://friend.example", true)]
    public void Allows_OurOwnPagesThoseListedAndProgramsWithoutAPage(string? origin, bool allowed) =>
        Assert.Equal(allowed, OriginPolicy.Allows(origin, "chat.example:7070", ["https://friend.example/"]));

    [Fact]
    public void Allows_Anything_WhenTheListSaysSo() => Assert.True(OriginPolicy.Allows("https://evil.example", "chat.example", ["*"]));
}
