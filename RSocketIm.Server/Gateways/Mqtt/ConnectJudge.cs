using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>Finds out who comes with a CONNECT: user name and password as a login, a token or a guest; without either a guest who is named after the client identifier.</summary>
internal sealed class ConnectJudge(Authenticator authenticator)
{
    private const int MaxClientIdBytes = 256;

    /// <summary>Judges a CONNECT.</summary>
    /// <param name="connect">The packet.</param>
    /// <param name="clientId">The client's identifier, chosen by the server where the packet has none.</param>
    /// <param name="remote">From where.</param>
    /// <param name="upgradeToken">The token of the HTTP request that the connection came out of; counts when the packet has no credentials.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MqttException">The connection is refused.</exception>
    public async ValueTask<Identity> JudgeAsync(ConnectPacket connect, string clientId, EndPoint? remote, string? upgradeToken, CancellationToken cancellationToken)
    {
        IPAddress? address = (remote as IPEndPoint)?.Address;
        string password = PasswordOf(connect);
        try
        {
            if (connect.UserName is null && password.Length == 0)
            {
                AuthenticationMetadata anonymous = upgradeToken is null ? AuthenticationMetadata.Simple(GuestOf(clientId), "") : AuthenticationMetadata.Bearer(upgradeToken);
                return await authenticator.AuthenticateAsync(anonymous, address, cancellationToken).ConfigureAwait(false);
            }

            // A token says whose it is; a user name beside it must be the same.
            if (password.Count(static character => character == '.') == 2 && await authenticator.FromTokenAsync(password, cancellationToken).ConfigureAwait(false) is { } token)
            {
                return connect.UserName is { Length: > 0 } named && named != token.User
                    ? throw new MqttException(ReasonCode.BadUserNameOrPassword, Authenticator.Refusal)
                    : new Identity(token.User, token.Expires);
            }

            return await authenticator.AuthenticateAsync(AuthenticationMetadata.Simple(connect.UserName ?? "", password), address, cancellationToken).ConfigureAwait(false);
        }
        catch (RSocketException refusal)
        {
            ReasonCode code = refusal.Message.StartsWith(ContractErrors.NameOf(ContractError.RateLimited), StringComparison.Ordinal) ? ReasonCode.ConnectionRateExceeded
                : refusal.Message.StartsWith(ContractErrors.NameOf(ContractError.Unauthenticated), StringComparison.Ordinal) ? ReasonCode.BadUserNameOrPassword
                : ReasonCode.ServerUnavailable;
            throw new MqttException(code, refusal.Message);
        }
    }

    /// <summary>The identifier of the client, or one of the server's choice.</summary>
    /// <exception cref="MqttException">The packet has one that cannot be.</exception>
    public static string ClientIdOf(ConnectPacket connect)
    {
        if (connect.ClientId.Length > 0)
        {
            return Encoding.UTF8.GetByteCount(connect.ClientId) <= MaxClientIdBytes
                ? connect.ClientId
                : throw new MqttException(ReasonCode.ClientIdentifierNotValid, $"A client identifier has at most {MaxClientIdBytes} bytes.");
        }

        return connect.CleanStart || connect.Version == MqttVersion.V5
            ? "auto-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))
            : throw new MqttException(ReasonCode.ClientIdentifierNotValid, "A session that is to last needs a client identifier.");
    }

    private static string PasswordOf(ConnectPacket connect) =>
        connect.Password is not { } bytes ? ""
        : Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes)
        : throw new MqttException(ReasonCode.BadUserNameOrPassword, Authenticator.Refusal);

    // The same client is the same guest when it comes again.
    private static string GuestOf(string clientId) => "mqtt-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(clientId)))[..16];
}
