using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace RSocketIm.Server.Configuration;

/// <summary>Reads public keys: PEM (one or more <c>PUBLIC KEY</c>), or a JSON Web Key Set (RFC 7517).</summary>
/// <remarks>Each key has exactly one algorithm: RSA of 2,048 bits or more is RS256, the curve P-256 is ES256. What is neither is refused when the server starts.</remarks>
internal static class PublicKeyFile
{
    private const int MinRsaBits = 2_048;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="key">The configuration's key, for the sentence.</param>
    /// <exception cref="StartupException">The file cannot be read, or holds something else.</exception>
    public static IReadOnlyList<SecurityKey> Read(string path, string key)
    {
        try
        {
            string text = File.ReadAllText(path);
            List<SecurityKey> keys = text.TrimStart().StartsWith('{') ? ReadSet(text) : ReadPem(text);
            if (keys.Count == 0)
            {
                throw new FormatException("it holds no public key for signatures");
            }

            if (keys.Where(static one => !string.IsNullOrEmpty(one.KeyId)).GroupBy(static one => one.KeyId, StringComparer.Ordinal).Any(static same => same.Count() > 1))
            {
                throw new FormatException("two of its keys have the same kid");
            }

            return keys;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or ArgumentException or CryptographicException or SecurityTokenException or JsonException)
        {
            throw new StartupException($"{key} is '{path}', which cannot be used: {error.Message}", error);
        }
    }

    /// <summary>The one algorithm of a key, whatever a token says.</summary>
    public static string? AlgorithmOf(SecurityKey key) => key switch
    {
        SymmetricSecurityKey => SecurityAlgorithms.HmacSha256,
        RsaSecurityKey => SecurityAlgorithms.RsaSha256,
        ECDsaSecurityKey => SecurityAlgorithms.EcdsaSha256,
        _ => null,
    };

    private static List<SecurityKey> ReadPem(string text)
    {
        List<SecurityKey> keys = [];
        ReadOnlySpan<char> rest = text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            ReadOnlySpan<char> label = rest[fields.Label];
            keys.Add(label is "PUBLIC KEY"
                ? FromPublicKey(Convert.FromBase64String(rest[fields.Base64Data].ToString()))
                : throw new FormatException($"it holds a {label}; only PUBLIC KEY is taken"));
            rest = rest[fields.Location.End..];
        }

        return keys;
    }

    private static SecurityKey FromPublicKey(byte[] info)
    {
        PublicKey key = PublicKey.CreateFromSubjectPublicKeyInfo(info, out _);
        if (key.GetRSAPublicKey() is { } rsa)
        {
            using (rsa)
            {
                return Check(rsa.ExportParameters(includePrivateParameters: false), null);
            }
        }

        return key.GetECDsaPublicKey() is { } curve ? Check(curve, null) : throw new FormatException($"a key of type {key.Oid.FriendlyName} is neither RSA nor ECDSA");
    }

    private static List<SecurityKey> ReadSet(string text)
    {
        List<SecurityKey> keys = [];
        foreach (JsonWebKey key in new JsonWebKeySet(text).Keys.Where(static key => string.IsNullOrEmpty(key.Use) || key.Use == JsonWebKeyUseNames.Sig))
        {
            if (!string.IsNullOrEmpty(key.D) || key.Kty == JsonWebAlgorithmsKeyTypes.Octet)
            {
                throw new FormatException($"key '{key.Kid}' is a secret; only public keys are taken");
            }

            SecurityKey read = key.Kty switch
            {
                JsonWebAlgorithmsKeyTypes.RSA => Check(new RSAParameters { Modulus = Base64UrlEncoder.DecodeBytes(key.N), Exponent = Base64UrlEncoder.DecodeBytes(key.E) }, key.Kid),
                JsonWebAlgorithmsKeyTypes.EllipticCurve when key.Crv == JsonWebKeyECTypes.P256 => Check(ECDsa.Create(PointOf(key)), key.Kid),
                _ => throw new FormatException($"key '{key.Kid}' of type {key.Kty} {key.Crv} is neither RSA nor P-256"),
            };
            keys.Add(string.IsNullOrEmpty(key.Alg) || key.Alg == AlgorithmOf(read) ? read : throw new FormatException($"key '{key.Kid}' is for {key.Alg}; RS256 and ES256 are taken"));
        }

        return keys;
    }

    private static ECParameters PointOf(JsonWebKey key) => new()
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint { X = Base64UrlEncoder.DecodeBytes(key.X), Y = Base64UrlEncoder.DecodeBytes(key.Y) },
    };

    private static RsaSecurityKey Check(RSAParameters rsa, string? kid) => rsa.Modulus?.Length * 8 >= MinRsaBits
        ? new RsaSecurityKey(rsa) { KeyId = kid }
        : throw new FormatException($"an RSA key has {rsa.Modulus?.Length * 8} bits, but must have at least {MinRsaBits}");

    private static ECDsaSecurityKey Check(ECDsa curve, string? kid) => curve.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value
        ? new ECDsaSecurityKey(curve) { KeyId = kid }
        : throw new FormatException("an ECDSA key is not on the curve P-256");
}
