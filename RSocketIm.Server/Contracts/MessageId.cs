using System.Text;

namespace RSocketIm.Server.Contracts;

/// <summary>The form of a sender's idempotency key: any text of 1 to 64 bytes as UTF-8.</summary>
internal static class MessageId
{
    public static bool IsValid(string text) => Encoding.UTF8.GetByteCount(text) is > 0 and <= ContractLimits.MaxMessageIdBytes;
}
