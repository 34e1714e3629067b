using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Gateways.Mqtt.Sessions;

namespace RSocketIm.Tests.Server.Gateways.Mqtt.Sessions;

public sealed class PublishMetaTests
{
    [Fact]
    public void Properties_ComeBackAsTheyWere()
    {
        PacketProperties sent = new()
        {
            PayloadFormat = 1,
            MessageExpiry = 60,
            ContentType = "text/plain",
            ResponseTopic = "chat/answers",
            CorrelationData = [0, 255],
            UserProperties = [new("b", "2"), new("a", "1"), new("b", "ü聊"), new("id", "not this")],
        };
        PublishMeta read = PublishMeta.Read(Meta(PublishMeta.Write(sent, "tag")!))!;
        PacketProperties told = new() { UserProperties = [new("seq", "1")] };
        read.AddTo(told);

        Assert.Equal(("tag", 60u), (read.Session, read.Expiry));
        Assert.Equal(((byte?)1, "text/plain", "chat/answers"), (told.PayloadFormat, told.ContentType, told.ResponseTopic));
        Assert.Equal("00ff", Convert.ToHexStringLower(told.CorrelationData!));
        Assert.Equal(["seq=1", "b=2", "a=1", "b=ü聊"], told.UserProperties.Select(static pair => $"{pair.Key}={pair.Value}"));
    }

    [Fact]
    public void NothingToKeep_IsNotKept() =>
        Assert.Null(PublishMeta.Write(new PacketProperties { TopicAlias = 1, UserProperties = [new("id", "m1")] }, session: null));

    [Theory]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"u":7}""")]
    [InlineData("""{"e":-1}""")]
    [InlineData("""{"f":"x"}""")]
    [InlineData("""{"d":"%"}""")]
    [InlineData("""{"c":{}}""")]
    public void WhatSomebodyElseWrote_IsNotRead(string text) => Assert.Null(PublishMeta.Read(Meta(text)));

    [Theory]
    [InlineData("""{"u":["from","me"]}""")]
    [InlineData("""{"u":["seq","1","odd"]}""")]
    [InlineData("""{"u":["a\u0000","1"]}""")]
    [InlineData("""{"r":"chat/+"}""")]
    [InlineData("""{"f":2}""")]
    public void WhatMustNotBeTold_IsLeftOut(string text)
    {
        PublishMeta read = PublishMeta.Read(Meta(text))!;

        Assert.Empty(read.User);
        Assert.Null(read.ResponseTopic);
        Assert.Null(read.PayloadFormat);
    }

    private static Dictionary<string, string> Meta(string text) => new() { [PublishMeta.Key] = text };
}
