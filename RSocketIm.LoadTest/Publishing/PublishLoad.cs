namespace RSocketIm.LoadTest.Publishing;

/// <summary>What a <see cref="PublishRun"/> puts on its server.</summary>
internal sealed record PublishLoad(int Connections, int InFlight, int Rooms, int Bytes, int Rounds, TimeSpan Round);
