using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>The table between the errors' codes and names, and their text on the wire: <c>name: sentence</c>.</summary>
internal static class ContractErrors
{
    private const string Separator = ": ";

    private static readonly (ContractError Error, string Name)[] Names =
    [
        (ContractError.BadRequest, "bad_request"),
        (ContractError.Unauthenticated, "unauthenticated"),
        (ContractError.Forbidden, "forbidden"),
        (ContractError.NotFound, "not_found"),
        (ContractError.Conflict, "conflict"),
        (ContractError.Gone, "gone"),
        (ContractError.TooLarge, "too_large"),
        (ContractError.RateLimited, "rate_limited"),
        (ContractError.Internal, "internal"),
        (ContractError.Unavailable, "unavailable"),
    ];

    /// <summary>The name of an error.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in the table.</exception>
    public static string NameOf(ContractError error)
    {
        foreach ((ContractError known, string name) in Names)
        {
            if (known == error)
            {
                return name;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(error), error, "Not an error of the contract.");
    }

    /// <summary>The error of a name.</summary>
    public static bool TryParse(string name, out ContractError error)
    {
        foreach ((ContractError known, string knownName) in Names)
        {
            if (knownName == name)
            {
                error = known;
                return true;
            }
        }

        error = default;
        return false;
    }

    /// <summary>Whether a code of an ERROR frame is one of the contract's.</summary>
    public static bool IsContractError(ErrorCode code) => Array.Exists(Names, known => (uint)known.Error == (uint)code);

    /// <summary>What a handler throws to answer with this error.</summary>
    /// <param name="error">The error.</param>
    /// <param name="sentence">What was wrong, with which value, and what is allowed.</param>
    /// <param name="inner">What led to it, for the log.</param>
    public static RSocketException ToException(this ContractError error, string sentence, Exception? inner = null) =>
        new((ErrorCode)(uint)error, NameOf(error) + Separator + sentence, inner);

    /// <summary>The answer to data that do not hold the record they should: <c>bad_request</c> that names the key; a text beyond its limit is <c>too_large</c>.</summary>
    public static RSocketException ToException(this RecordFormatException error) =>
        (error is { IsTooLong: true, Field: "text" } ? ContractError.TooLarge : ContractError.BadRequest).ToException(error.Message, error);

    /// <summary>The error as the body that channels and sessions send in place of an answer.</summary>
    public static ErrorBody ToBody(this ContractError error, string sentence) =>
        new() { Code = (uint)error, Name = NameOf(error), Message = sentence };

    /// <summary>The sentence of a text <c>name: sentence</c>; the whole text when it has another form.</summary>
    public static string SentenceOf(string text)
    {
        int at = text.IndexOf(Separator, StringComparison.Ordinal);
        return at > 0 && TryParse(text[..at], out _) ? text[(at + Separator.Length)..] : text;
    }
}
