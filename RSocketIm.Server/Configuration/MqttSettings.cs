using System.Net.Security;

namespace RSocketIm.Server.Configuration;

/// <summary>The keys below <c>RSocketIm:Mqtt:</c>.</summary>
internal sealed record MqttSettings
{
    public const int DefaultPort = 1883;

    /// <summary><c>Port</c>: MQTT over TCP, 1..65535, default 1883; 0: off, which is null here; <c>auto</c>: a free port, which is 0 here.</summary>
    public int? Port { get; init; } = DefaultPort;

    /// <summary><c>Certificate:Path</c> (PEM or PKCS#12), <c>:KeyPath</c> (PEM), <c>:Password</c>; absent: no TLS.</summary>
    public SslServerAuthenticationOptions? Tls { get; init; }

    /// <summary><c>AutoJoin</c>: whether naming a public room that is missing or not joined makes and joins it, default true.</summary>
    public bool AutoJoin { get; init; } = true;

    /// <summary><c>MaxPacketBytes</c>: one inbound packet, 1,024..268,435,455, default 262,144.</summary>
    public int MaxPacketBytes { get; init; } = 262_144;

    /// <summary><c>ReceiveMaximum</c>: messages of QoS 1 and 2 that a client of MQTT 5.0 may have under way, 1..65,535, default 65,535: no client but is slowed by TCP anyway.</summary>
    public int ReceiveMaximum { get; init; } = 65_535;

    /// <summary><c>MaxInFlight</c>: messages of QoS 1 and 2 that are sent to a client before the first is acknowledged, whatever its Receive Maximum, 1..65,535, default 1,000.</summary>
    public int MaxInFlight { get; init; } = 1_000;

    /// <summary><c>MaxSubscriptions</c>: of one session, 1..100,000, default 1,000.</summary>
    public int MaxSubscriptions { get; init; } = 1_000;

    /// <summary><c>MaxSessionsPerUser</c>: sessions that outlive their connections, 0..1,000,000, default 100.</summary>
    public int MaxSessionsPerUser { get; init; } = 100;

    /// <summary><c>MaxSessionExpirySeconds</c>: how long a session outlives its connection at most, and in MQTT 3.1.1 always, 0..4,294,967,294, default 2,592,000: 30 days.</summary>
    public uint MaxSessionExpiry { get; init; } = 2_592_000;

    /// <exception cref="StartupException">A key is wrong.</exception>
    public static MqttSettings Read(SettingsReader settings)
    {
        bool auto = string.Equals(settings.Text("Mqtt:Port"), "auto", StringComparison.OrdinalIgnoreCase);
        long port = auto ? 0 : settings.Number("Mqtt:Port", DefaultPort, 0, 65_535);
        return new MqttSettings
        {
            Port = auto || port > 0 ? (int)port : null,
            Tls = TcpSettings.ReadTls(settings, "Mqtt"),
            AutoJoin = settings.Flag("Mqtt:AutoJoin") ?? true,
            MaxPacketBytes = (int)settings.Number("Mqtt:MaxPacketBytes", 262_144, 1_024, 268_435_455),
            ReceiveMaximum = (int)settings.Number("Mqtt:ReceiveMaximum", 65_535, 1, 65_535),
            MaxInFlight = (int)settings.Number("Mqtt:MaxInFlight", 1_000, 1, 65_535),
            MaxSubscriptions = (int)settings.Number("Mqtt:MaxSubscriptions", 1_000, 1, 100_000),
            MaxSessionsPerUser = (int)settings.Number("Mqtt:MaxSessionsPerUser", 100, 0, 1_000_000),
            MaxSessionExpiry = (uint)settings.Number("Mqtt:MaxSessionExpirySeconds", 2_592_000, 0, uint.MaxValue - 1L),
        };
    }
}
