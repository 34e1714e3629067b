namespace RSocketIm.LoadTest.Peers;

/// <summary>A peer that is not installed here, or does not start: it is left out and named.</summary>
internal sealed class PeerMissingException(string message) : Exception(message);
