namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>What a room has to subscribe to. The numbers are stored.</summary>
internal enum RoomTopic
{
    /// <summary><c>chat/{room}</c>: the text of messages.</summary>
    Text = 0,

    /// <summary><c>chat/{room}/events</c>: every entry as JSON.</summary>
    Events = 1,

    /// <summary><c>chat/{room}/signals</c>: presence, typing and receipts as JSON.</summary>
    Signals = 2,
}
