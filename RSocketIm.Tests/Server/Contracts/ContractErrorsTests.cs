using RSocketIm.Protocol.Frames;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Tests.Server.Contracts;

public sealed class ContractErrorsTests
{
    [Theory]
    [InlineData(0x400, "bad_request")]
    [InlineData(0x401, "unauthenticated")]
    [InlineData(0x403, "forbidden")]
    [InlineData(0x404, "not_found")]
    [InlineData(0x409, "conflict")]
    [InlineData(0x410, "gone")]
    [InlineData(0x413, "too_large")]
    [InlineData(0x429, "rate_limited")]
    [InlineData(0x500, "internal")]
    [InlineData(0x503, "unavailable")]
    public void Error_HasTheCodeAndNameOfTheContract(uint code, string name)
    {
        ContractError error = (ContractError)code;
        Assert.Equal(name, ContractErrors.NameOf(error));
        Assert.True(ContractErrors.TryParse(name, out ContractError parsed));
        Assert.Equal(error, parsed);
        Assert.True(ContractErrors.IsContractError((ErrorCode)code));
        Assert.Equal($"{name}: why", error.ToException("why").Message);
        Assert.Equal("why", ContractErrors.SentenceOf($"{name}: why"));
        Assert.Equal(new ErrorBody { Code = code, Name = name, Message = "why" }, error.ToBody("why"));
    }

    [Fact]
    public void Error_OutsideTheTable_HasNoName()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ContractErrors.NameOf((ContractError)0x402));
        Assert.False(ContractErrors.TryParse("teapot", out _));
        Assert.False(ContractErrors.IsContractError(ErrorCode.Rejected));
        Assert.Equal("other: text", ContractErrors.SentenceOf("other: text"));
    }
}
