namespace RSocketIm.Server.Storage;

/// <summary>The data directory cannot be used; the message is a sentence for who started the server.</summary>
internal sealed class StoreOpenException(string message, Exception? inner = null) : Exception(message, inner);
