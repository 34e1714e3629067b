namespace RSocketIm.Server.Gateways.Front;

/// <summary>Whether the web server ends TLS itself at some of its addresses. Then connections are its own, for bytes in the clear say nothing of where they may come in.</summary>
internal sealed class Encryption
{
    private volatile bool isUsed;

    /// <summary>Whether it does.</summary>
    public bool IsUsed => isUsed;

    /// <summary>Says that it does.</summary>
    public void Use() => isUsed = true;
}
