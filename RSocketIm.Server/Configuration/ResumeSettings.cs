using RSocketIm.Protocol.Connections;

namespace RSocketIm.Server.Configuration;

/// <summary>The keys below <c>RSocketIm:Resume:</c>.</summary>
internal static class ResumeSettings
{
    /// <summary>
    /// <c>Enabled</c>: default true · <c>SessionSeconds</c>: how long a session without a connection may be resumed, 1..86,400,
    /// default 120 · <c>MaxSessionBytes</c>: unacknowledged bytes at which a session's streams wait, 1,024..1,073,741,824, default
    /// 262,144 · <c>MaxTotalBytes</c>: what all sessions may hold, 1,024..2⁴⁰, default 67,108,864 · <c>MaxDetachedSessions</c>:
    /// 0..10,000,000, default 10,000.
    /// </summary>
    /// <returns>Null when resumption is off.</returns>
    /// <exception cref="StartupException">A key is wrong.</exception>
    public static ResumeOptions? Read(SettingsReader settings)
    {
        ResumeOptions defaults = new();
        ResumeOptions options = new()
        {
            SessionDuration = TimeSpan.FromSeconds(settings.Number("Resume:SessionSeconds", (long)defaults.SessionDuration.TotalSeconds, 1, 86_400)),
            MaxSessionBytes = (int)settings.Number("Resume:MaxSessionBytes", defaults.MaxSessionBytes, 1_024, 1 << 30),
            MaxTotalBytes = settings.Number("Resume:MaxTotalBytes", defaults.MaxTotalBytes, 1_024, 1L << 40),
            MaxDetachedSessions = (int)settings.Number("Resume:MaxDetachedSessions", defaults.MaxDetachedSessions, 0, 10_000_000),
        };
        return settings.Flag("Resume:Enabled") ?? true ? options : null;
    }
}
