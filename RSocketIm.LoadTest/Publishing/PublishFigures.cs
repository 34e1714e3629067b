using RSocketIm.LoadTest.Backpressure;

namespace RSocketIm.LoadTest.Publishing;

/// <summary>One round of sends, each answered when it was durable.</summary>
/// <param name="Messages">Messages that were acknowledged.</param>
/// <param name="PerSecond">The same a second.</param>
/// <param name="Times">From sent to acknowledged.</param>
/// <param name="EntriesPerCommit">How many of them shared a commit; null when the server was given.</param>
/// <param name="ServerMicroseconds">The server's processor time for each; null when the server was given.</param>
internal sealed record PublishFigures(long Messages, double PerSecond, LatencyFigures Times, double? EntriesPerCommit, double? ServerMicroseconds);
