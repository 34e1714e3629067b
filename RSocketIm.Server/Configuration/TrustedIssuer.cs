using Microsoft.IdentityModel.Tokens;

namespace RSocketIm.Server.Configuration;

/// <summary>Somebody else whose tokens count: <c>RSocketIm:Auth:Keys:0:Issuer</c>, <c>:Path</c>, <c>:Audience</c>; then 1, 2, …</summary>
/// <param name="Issuer">Its name, as it stands in <c>iss</c>.</param>
/// <param name="Audience">What must stand in <c>aud</c>; null: not looked at, for an issuer that serves this server alone.</param>
/// <param name="Keys">Its public keys. They come from a file and never from where a token says.</param>
internal sealed record TrustedIssuer(string Issuer, string? Audience, IReadOnlyList<SecurityKey> Keys)
{
    /// <summary>Reads the list.</summary>
    /// <param name="settings">Where from.</param>
    /// <param name="own">This server's issuer, which signs with its own key alone.</param>
    /// <exception cref="StartupException">An entry is incomplete, its issuer listed twice, or its file unusable.</exception>
    public static IReadOnlyList<TrustedIssuer> ReadAll(SettingsReader settings, string own)
    {
        List<TrustedIssuer> found = [];
        while (true)
        {
            string at = FormattableString.Invariant($"Auth:Keys:{found.Count}:");
            string? issuer = settings.Text(at + nameof(Issuer));
            string? path = settings.Text(at + "Path");
            if (issuer is null && path is null)
            {
                return found;
            }

            if (issuer is null || path is null)
            {
                throw new StartupException($"{SettingsReader.Root}{at}Issuer and {SettingsReader.Root}{at}Path belong together; one of them is missing.");
            }

            if (issuer == own || found.Exists(one => one.Issuer == issuer))
            {
                throw SettingsReader.Refuse(at + nameof(Issuer), issuer, "different from RSocketIm:Auth:Issuer and from every other one");
            }

            found.Add(new TrustedIssuer(issuer, settings.Text(at + nameof(Audience)), PublicKeyFile.Read(path, SettingsReader.Root + at + "Path")));
        }
    }

    /// <summary>The keys that a token may be signed with: the one of its <c>kid</c>, else those without a name.</summary>
    public IEnumerable<SecurityKey> KeysFor(string? kid) =>
        Keys.FirstOrDefault(key => kid is not null && key.KeyId == kid) is { } named ? [named] : Keys.Where(static key => string.IsNullOrEmpty(key.KeyId));
}
