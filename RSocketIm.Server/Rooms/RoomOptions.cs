namespace RSocketIm.Server.Rooms;

/// <summary>What rooms may use of the server.</summary>
internal sealed class RoomOptions
{
    /// <summary>Memory for the newest entries of all rooms together, in bytes, 0 or more, default 256 MiB. Older ones are read from the store.</summary>
    public long TailBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 256L << 20;

    /// <summary>Memory for blocks that lagging feeds share, in bytes, 0 or more, default 64 MiB.</summary>
    public long BlockCacheBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 64L << 20;

    /// <summary>Commands that may wait for the next commit, in bytes, 1 or more, default 16 MiB. Beyond it senders wait.</summary>
    public long CommitQueueBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 16L << 20;

    /// <summary>Memory for counting unread messages of rooms in use, in bytes, 0 or more, default 64 MiB: about 8 a message that is unread by somebody who asks.</summary>
    public long UnreadCountBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 64L << 20;

    /// <summary>Messages a second that one user may send to one room, with as many at once after a pause; 0, the default, is no limit.</summary>
    /// <remarks>A policy for people. The server itself is protected by credit and by the commit queue.</remarks>
    public int SendsPerSecond
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
}
