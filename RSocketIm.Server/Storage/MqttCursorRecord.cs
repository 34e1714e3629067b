namespace RSocketIm.Server.Storage;

/// <summary>How far a subscription of a stored session has read a room: everything up to there has been acknowledged, or is in flight.</summary>
/// <param name="Key">Which cursor.</param>
/// <param name="Epoch">The room's epoch; in another the seq means nothing.</param>
/// <param name="Seq">Seq of the last entry.</param>
internal readonly record struct MqttCursorRecord(MqttCursorKey Key, string Epoch, long Seq);
