namespace RSocketIm.Server.Gateways.Front;

/// <summary>Whether WebSockets may come in without becoming a request of the web server.</summary>
/// <remarks>
/// Not where the web server does more with a connection than is done here: where it ends TLS itself at some of its addresses, for bytes in the clear do not
/// say at which of them they may come in; where it looks at the host, or takes the client's address from a proxy's header.
/// </remarks>
internal sealed class ShortWay
{
    private volatile bool isClosed;

    /// <summary>Whether they may.</summary>
    public bool IsOpen => !isClosed;

    /// <summary>Closes it where the configuration has the web server do more.</summary>
    public static ShortWay Create(IConfiguration configuration)
    {
        ShortWay way = new();
        if (configuration["AllowedHosts"] is not (null or "" or "*") || configuration.GetValue<bool>("FORWARDEDHEADERS_ENABLED"))
        {
            way.Close();
        }

        return way;
    }

    /// <summary>From now on they may not.</summary>
    public void Close() => isClosed = true;
}
