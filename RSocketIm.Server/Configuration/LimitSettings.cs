using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Configuration;

/// <summary>The keys below <c>RSocketIm:Limits:</c>.</summary>
internal sealed record LimitSettings
{
    /// <summary><c>MaxTextBytes</c>: a message's text as UTF-8, 1..524,288, default 16,384.</summary>
    public int MaxTextBytes { get; init; } = ContractLimits.DefaultMaxTextBytes;

    /// <summary><c>MaxFrameBytes</c>: one inbound frame, 1,024..16,777,215, default 16,777,215.</summary>
    public int MaxFrameBytes { get; init; } = 16_777_215;

    /// <summary><c>MaxPayloadBytes</c>: one payload out of fragments, 65,536..1,073,741,824, default 1,048,576.</summary>
    public int MaxPayloadBytes { get; init; } = 1_048_576;

    /// <summary><c>MaxStreamsPerConnection</c>: 1..1,000,000, default 10,000.</summary>
    public int MaxStreamsPerConnection { get; init; } = 10_000;

    /// <summary><c>MaxRequestsInFlight</c>: request-responses of one connection at a time, 1..1,000,000, default 4,096.</summary>
    public int MaxRequestsInFlight { get; init; } = 4_096;

    /// <summary><c>MaxConnections</c>: that are signed in, 1..10,000,000, default 100,000.</summary>
    public int MaxConnections { get; init; } = 100_000;

    /// <summary><c>MaxConnectionsPerAddress</c>: 0..10,000,000, default 0: off, for many people may share one address.</summary>
    public int MaxConnectionsPerAddress { get; init; }

    /// <summary><c>SetupTimeoutSeconds</c>: from the connection to an accepted SETUP, 1..600, default 10.</summary>
    public TimeSpan SetupTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>SignInsPerMinute</c>: accounts and guests made, logins, and <c>simple</c> sign-ins refused, per address, 0..1,000,000, default 60; 0: off.</summary>
    public int SignInsPerMinute { get; init; } = 60;

    /// <summary><c>FailedSignInsPerName</c>: wrong passwords a minute for one name, from wherever, 0..1,000,000, default 20; 0: off.</summary>
    public int FailedSignInsPerName { get; init; } = 20;

    /// <summary><c>LimitLoopback</c>: whether <see cref="SignInsPerMinute"/> and <see cref="FailedSignInsPerName"/> hold for loopback addresses, default false.</summary>
    public bool LimitLoopback { get; init; }

    /// <summary><c>TailBytes</c>, <c>BlockCacheBytes</c>, <c>CommitQueueBytes</c>, <c>UnreadCountBytes</c>, <c>SendsPerSecond</c>: see <see cref="RoomOptions"/>.</summary>
    public RoomOptions Rooms { get; init; } = new();

    /// <summary><c>MaxAttachmentBytes</c>: one uploaded file, 0..1,099,511,627,776, default 67,108,864.</summary>
    public long MaxAttachmentBytes { get; init; } = 64L << 20;

    /// <summary><c>AttachmentBytesPerRoom</c>: uploaded files of one room, each content once, 0..1,152,921,504,606,846,976, default 10,737,418,240; 0: off.</summary>
    public long AttachmentBytesPerRoom { get; init; } = 10L << 30;

    /// <exception cref="StartupException">A key is wrong.</exception>
    public static LimitSettings Read(SettingsReader settings)
    {
        RoomOptions rooms = new();
        return new LimitSettings
        {
            MaxTextBytes = Whole("MaxTextBytes", ContractLimits.DefaultMaxTextBytes, 1, 524_288),
            MaxFrameBytes = Whole("MaxFrameBytes", 16_777_215, 1_024, 16_777_215),
            MaxPayloadBytes = Whole("MaxPayloadBytes", 1_048_576, 65_536, 1_073_741_824),
            MaxStreamsPerConnection = Whole("MaxStreamsPerConnection", 10_000, 1, 1_000_000),
            MaxRequestsInFlight = Whole("MaxRequestsInFlight", 4_096, 1, 1_000_000),
            MaxConnections = Whole("MaxConnections", 100_000, 1, 10_000_000),
            MaxConnectionsPerAddress = Whole("MaxConnectionsPerAddress", 0, 0, 10_000_000),
            SetupTimeout = TimeSpan.FromSeconds(Whole("SetupTimeoutSeconds", 10, 1, 600)),
            SignInsPerMinute = Whole("SignInsPerMinute", 60, 0, 1_000_000),
            FailedSignInsPerName = Whole("FailedSignInsPerName", 20, 0, 1_000_000),
            LimitLoopback = settings.Flag("Limits:LimitLoopback") ?? false,
            MaxAttachmentBytes = settings.Number("Limits:MaxAttachmentBytes", 64L << 20, 0, 1L << 40),
            AttachmentBytesPerRoom = settings.Number("Limits:AttachmentBytesPerRoom", 10L << 30, 0, 1L << 60),
            Rooms = new RoomOptions
            {
                TailBytes = settings.Number("Limits:TailBytes", rooms.TailBytes, 0, 1L << 40),
                BlockCacheBytes = settings.Number("Limits:BlockCacheBytes", rooms.BlockCacheBytes, 0, 1L << 40),
                CommitQueueBytes = settings.Number("Limits:CommitQueueBytes", rooms.CommitQueueBytes, 1, 1L << 40),
                UnreadCountBytes = settings.Number("Limits:UnreadCountBytes", rooms.UnreadCountBytes, 0, 1L << 40),
                SendsPerSecond = Whole("SendsPerSecond", 0, 0, 1_000_000),
            },
        };

        int Whole(string key, int fallback, int least, int most) => (int)settings.Number("Limits:" + key, fallback, least, most);
    }
}
