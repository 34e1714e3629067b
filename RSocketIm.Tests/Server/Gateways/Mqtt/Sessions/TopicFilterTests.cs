using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Gateways.Mqtt.Sessions;

namespace RSocketIm.Tests.Server.Gateways.Mqtt.Sessions;

public sealed class TopicFilterTests
{
    // The examples of the specification, 4.7.1 to 4.7.3.
    [Theory]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/ranking", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true)]
    [InlineData("sport/#", "sport", true)]
    [InlineData("#", "anything/at/all", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1/ranking", false)]
    [InlineData("sport/+", "sport", false)]
    [InlineData("sport/+", "sport/", true)]
    [InlineData("+/+", "/finance", true)]
    [InlineData("/+", "/finance", true)]
    [InlineData("+", "/finance", false)]
    [InlineData("#", "$SYS/uptime", false)]
    [InlineData("+/uptime", "$SYS/uptime", false)]
    [InlineData("$SYS/#", "$SYS/uptime", true)]
    [InlineData("ACCOUNTS", "Accounts", false)]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "a/b/c", false)]
    [InlineData("a/b/c", "a/b", false)]
    public void Filter_MatchesAsTheSpecificationSays(string filter, string topic, bool matches) => Assert.Equal(matches, TopicFilter.Parse(filter).Matches(topic));

    [Theory]
    [InlineData("sport/tennis#")]
    [InlineData("sport/tennis/#/ranking")]
    [InlineData("sport+")]
    [InlineData("+a/b")]
    [InlineData("##")]
    public void Wildcard_ThatIsNoLevelOfItsOwn_IsMalformed(string filter) =>
        Assert.Equal(ReasonCode.MalformedPacket, Assert.Throws<MqttException>(() => TopicFilter.Parse(filter)).Code);

    [Theory]
    [InlineData("chat/lobby", "lobby", "Text")]
    [InlineData("chat/lobby/events", "lobby", "Events")]
    [InlineData("chat/lobby/#", "lobby", "Text,Events,Signals")]
    [InlineData("chat/lobby/+", "lobby", "Events,Signals")]
    [InlineData("+/lobby", "lobby", "Text")]
    [InlineData("chat/+", null, "Text")]
    [InlineData("chat/+/signals", null, "Signals")]
    [InlineData("chat/#", null, "Text,Events,Signals")]
    [InlineData("#", null, "Text,Events,Signals")]
    [InlineData("+/+/+", null, "Events,Signals")]
    [InlineData("chat", null, "")]
    [InlineData("chat/lobby/typing", "lobby", "")]
    [InlineData("other/#", null, "")]
    public void Filter_KnowsItsRoomAndTopics(string filter, string? room, string topics)
    {
        TopicFilter parsed = TopicFilter.Parse(filter);

        Assert.Equal((room, topics), (parsed.Room, string.Join(',', parsed.Topics)));
    }
}
