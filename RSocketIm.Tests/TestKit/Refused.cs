using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Tests.TestKit;

/// <summary>What a server does not do: the error of the contract, code and words.</summary>
internal static class Refused
{
    /// <summary>The call fails with exactly this.</summary>
    /// <param name="refusal">The text on the wire: <c>name: sentence</c>.</param>
    /// <param name="call">The call, or the end of a stream.</param>
    public static async Task WithAsync(string refusal, Task call)
    {
        RSocketException error = await Assert.ThrowsAsync<RSocketException>(() => call);
        Assert.Equal(refusal, error.Message);
        Assert.True(ContractErrors.TryParse(refusal.Split(':')[0], out ContractError code));
        Assert.Equal((uint)code, (uint)error.Code);
    }
}
