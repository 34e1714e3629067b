namespace RSocketIm.Server.Contracts;

/// <summary>The errors of contract.md; the number is the code of the ERROR frame.</summary>
internal enum ContractError : uint
{
    BadRequest = 0x400,
    Unauthenticated = 0x401,
    Forbidden = 0x403,
    NotFound = 0x404,
    Conflict = 0x409,
    Gone = 0x410,
    TooLarge = 0x413,
    RateLimited = 0x429,
    Internal = 0x500,

    /// <summary>Draining, or the store failed; safe to retry.</summary>
    Unavailable = 0x503,
}
