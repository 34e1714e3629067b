using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RSocketIm.Tests.TestKit;

/// <summary>A certificate for localhost, made anew by each test run and trusted by nobody but its clients.</summary>
internal static class TestCertificate
{
    public static X509Certificate2 Certificate { get; } = Create();

    public static SslServerAuthenticationOptions ForServer => new() { ServerCertificate = Certificate };

    public static SslClientAuthenticationOptions ForClient => new() { RemoteCertificateValidationCallback = Trusts };

    public static bool Trusts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate?.GetCertHashString() == Certificate.GetCertHashString();

    private static X509Certificate2 Create()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
