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

    /// <summary><c>MaxPartialPayloads</c>: half-sent payloads of one connection, 1..65,536, default 256.</summary>
    public int MaxPartialPayloads { get; init; } = 256;

    /// <summary><c>MaxPartialBytes</c>: half-sent payloads of one connection together, 65,536..17,179,869,184, default 4 MiB.</summary>
    public long MaxPartialBytes { get; init; } = 4 << 20;

    /// <summary><c>MaxFragmentAgeSeconds</c>: how long a half-sent payload may wait for its next fragment, 1..86,400, default 30.</summary>
    public TimeSpan MaxFragmentAge { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary><c>MaxBacklogBytes</c>: answers without credit that wait to be written to one connection, 1,024..1,073,741,824, default 262,144.</summary>
    public int MaxBacklogBytes { get; init; } = 262_144;

    /// <summary><c>MaxIgnoredFrames</c>: frames without meaning in a row, 1..2,147,483,647, default 1,000,000.</summary>
    public int MaxIgnoredFrames { get; init; } = 1_000_000;

    /// <summary><c>MaxStreamsPerConnection</c>: 1..1,000,000, default 10,000.</summary>
    public int MaxStreamsPerConnection { get; init; } = 10_000;

    /// <summary><c>MaxRequestsInFlight</c>: request-responses of one connection at a time, 1..1,000,000, default 4,096.</summary>
    public int MaxRequestsInFlight { get; init; } = 4_096;

    /// <summary><c>MaxConnections</c>: of RSocket, from the moment they are accepted, 1..10,000,000, default 100,000.</summary>
    public int MaxConnections { get; init; } = 100_000;

    /// <summary><c>MaxConnectionsPerAddress</c>: a /64 of IPv6 is one, 0..10,000,000, default 0: off, for many people may share one address.</summary>
    public int MaxConnectionsPerAddress { get; init; }

    /// <summary><c>MaxHttpConnections</c>: of HTTP that are no WebSocket, 1..10,000,000, default 10,000.</summary>
    public int MaxHttpConnections { get; init; } = 10_000;

    /// <summary><c>MaxMemoryPercent</c>: of the memory the process may have; above it nobody new comes in, 0..100, default 85; 0: off.</summary>
    public int MaxMemoryPercent { get; init; } = 85;

    /// <summary><c>MaxMemoryBytes</c>: the same in bytes, 0..2^50, default 0: off; the lower one counts.</summary>
    public long MaxMemoryBytes { get; init; }

    /// <summary><c>SetupTimeoutSeconds</c>: from the connection to an accepted SETUP, also for TLS and for the header of an HTTP request, 1..600, default 10.</summary>
    public TimeSpan SetupTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>MaxSetupBytes</c>: a SETUP frame, 1,024..16,777,215, default 65,536.</summary>
    public int MaxSetupBytes { get; init; } = 65_536;

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
            MaxPartialPayloads = Whole("MaxPartialPayloads", 256, 1, 65_536),
            MaxPartialBytes = settings.Number("Limits:MaxPartialBytes", 4 << 20, 65_536, 1L << 34),
            MaxFragmentAge = TimeSpan.FromSeconds(Whole("MaxFragmentAgeSeconds", 30, 1, 86_400)),
            MaxBacklogBytes = Whole("MaxBacklogBytes", 262_144, 1_024, 1 << 30),
            MaxIgnoredFrames = Whole("MaxIgnoredFrames", 1_000_000, 1, int.MaxValue),
            MaxStreamsPerConnection = Whole("MaxStreamsPerConnection", 10_000, 1, 1_000_000),
            MaxRequestsInFlight = Whole("MaxRequestsInFlight", 4_096, 1, 1_000_000),
            MaxConnections = Whole("MaxConnections", 100_000, 1, 10_000_000),
            MaxConnectionsPerAddress = Whole("MaxConnectionsPerAddress", 0, 0, 10_000_000),
            MaxHttpConnections = Whole("MaxHttpConnections", 10_000, 1, 10_000_000),
            MaxMemoryPercent = Whole("MaxMemoryPercent", 85, 0, 100),
            MaxMemoryBytes = settings.Number("Limits:MaxMemoryBytes", 0, 0, 1L << 50),
            MaxSetupBytes = Whole("MaxSetupBytes", 65_536, 1_024, 16_777_215),
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
