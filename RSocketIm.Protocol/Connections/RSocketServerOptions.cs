namespace RSocketIm.Protocol.Connections;

/// <summary>What bounds the connections of a server.</summary>
public sealed record RSocketServerOptions : ConnectionOptions
{
    /// <summary>Time from the transport's connection to an accepted SETUP, 1 ms..1 h, default 10 s; then INVALID_SETUP.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan SetupTimeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromHours(1));
            field = value;
        }
    } = TimeSpan.FromSeconds(10);

    /// <summary>Asked by listeners of this server for each connection they accept, before TLS and SETUP; null: all may come.</summary>
    /// <remarks>A transport that is given to <see cref="RSocketServer.ServeAsync"/> has been judged by whoever made it.</remarks>
    public ConnectionAdmission? Admission { get; init; }

    /// <summary>Longest SETUP frame in bytes, 64..16,777,215, default 65,536: what a stranger may make the server hold.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxSetupBytes { get; init => field = InRange(value, 64, Frames.Frame.MaxLength); } = 65_536;
}
