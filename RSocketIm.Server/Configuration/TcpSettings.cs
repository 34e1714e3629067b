using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RSocketIm.Server.Configuration;

/// <summary>RSocket over TCP.</summary>
/// <remarks>
/// It listens on the addresses of <c>--urls</c> with a socket of its own and not as a Kestrel endpoint: endpoints given to
/// Kestrel in code switch off <c>--urls</c>, <c>ASPNETCORE_URLS</c> and each other. Hence a certificate of its own, too.
/// </remarks>
internal sealed record TcpSettings
{
    public const int DefaultPort = 7071;

    /// <summary><c>RSocketIm:Tcp:Port</c>: 1..65535, default 7071; 0: off, which is null here; <c>auto</c>: a free port, which is 0 here.</summary>
    public int? Port { get; init; } = DefaultPort;

    /// <summary><c>RSocketIm:Tcp:Certificate:Path</c> (PEM or PKCS#12), <c>:KeyPath</c> (PEM), <c>:Password</c>; absent: no TLS.</summary>
    public SslServerAuthenticationOptions? Tls { get; init; }

    /// <exception cref="StartupException">A key is wrong.</exception>
    public static TcpSettings Read(SettingsReader settings)
    {
        bool auto = string.Equals(settings.Text("Tcp:Port"), "auto", StringComparison.OrdinalIgnoreCase);
        long port = auto ? 0 : settings.Number("Tcp:Port", DefaultPort, 0, 65_535);
        return new TcpSettings { Port = auto || port > 0 ? (int)port : null, Tls = ReadTls(settings, "Tcp") };
    }

    /// <summary>Reads the certificate of a door: <c>Certificate:Path</c>, <c>:KeyPath</c> and <c>:Password</c> below its section.</summary>
    /// <exception cref="StartupException">It cannot be used.</exception>
    public static SslServerAuthenticationOptions? ReadTls(SettingsReader settings, string section)
    {
        if (settings.Text($"{section}:Certificate:Path") is not { } path)
        {
            return null;
        }

        string? keyPath = settings.Text($"{section}:Certificate:KeyPath");
        string? password = settings.Text($"{section}:Certificate:Password");
        try
        {
            X509Certificate2 certificate = keyPath is null
                ? X509CertificateLoader.LoadPkcs12FromFile(path, password)
                : password is null ? X509Certificate2.CreateFromPemFile(path, keyPath) : X509Certificate2.CreateFromEncryptedPemFile(path, password, keyPath);
            return new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null) };
        }
        catch (Exception error) when (error is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new StartupException(string.Create(CultureInfo.InvariantCulture, $"RSocketIm:{section}:Certificate:Path is '{path}', which cannot be used: {error.Message}"), error);
        }
    }
}
