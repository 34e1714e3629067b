namespace RSocketIm.Server.Configuration;

/// <summary>The server cannot start, for a reason its operator can mend; the message is one sentence for the console.</summary>
internal sealed class StartupException(string sentence, Exception? inner = null) : Exception(sentence, inner);
