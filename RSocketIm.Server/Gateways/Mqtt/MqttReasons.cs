using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>The contract's errors as MQTT says them.</summary>
internal static class MqttReasons
{
    /// <summary>The reason code of a refusal.</summary>
    /// <param name="refusal">An error of the contract.</param>
    /// <param name="invalid">What <c>bad_request</c> is: the name of a topic, or a filter.</param>
    public static ReasonCode Of(RSocketException refusal, ReasonCode invalid) => (ContractError)(uint)refusal.Code switch
    {
        ContractError.BadRequest => invalid,
        ContractError.Forbidden or ContractError.NotFound or ContractError.Unauthenticated => ReasonCode.NotAuthorized,
        ContractError.TooLarge or ContractError.RateLimited => ReasonCode.QuotaExceeded,
        ContractError.Conflict or ContractError.Gone => ReasonCode.ImplementationSpecificError,
        _ => ReasonCode.UnspecifiedError,
    };

    /// <summary>Whether it is safe to try again, with the same packet: then it is not acknowledged, and the connection ends instead.</summary>
    public static bool IsPassing(RSocketException refusal) => (ContractError)(uint)refusal.Code is ContractError.Unavailable or ContractError.Internal;
}
