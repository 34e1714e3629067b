using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>The names of topics: <c>chat/{room}</c> and below.</summary>
internal static class RoomTopics
{
    public const string Root = "chat";

    private const string Events = "events";
    private const string Signals = "signals";
    private const string Typing = "typing";

    /// <summary>The topics that can be subscribed to.</summary>
    public static IReadOnlyList<RoomTopic> All { get; } = [RoomTopic.Text, RoomTopic.Events, RoomTopic.Signals];

    /// <summary>The name of a topic.</summary>
    public static string NameOf(string room, RoomTopic topic) => topic switch
    {
        RoomTopic.Text => $"{Root}/{room}",
        RoomTopic.Events => $"{Root}/{room}/{Events}",
        _ => $"{Root}/{room}/{Signals}",
    };

    /// <summary>Takes the name of a topic that is published to apart.</summary>
    /// <param name="topic">The name.</param>
    /// <param name="room">The room.</param>
    /// <param name="isTyping">Whether it is <c>chat/{room}/typing</c>; otherwise <c>chat/{room}</c>.</param>
    /// <returns>False: nothing can be published there.</returns>
    public static bool TryParse(string topic, out string room, out bool isTyping)
    {
        string[] levels = topic.Split('/');
        isTyping = levels is [_, _, Typing];
        room = levels.Length > 1 ? levels[1] : "";
        return levels[0] == Root && (levels.Length == 2 || isTyping) && RoomId.IsValid(room);
    }
}
