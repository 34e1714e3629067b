using System.CommandLine;
using System.CommandLine.Parsing;

namespace RSocketIm.LoadTest;

/// <summary>The option that names a server: <c>--server ws://… </c>.</summary>
internal static class AddressOption
{
    /// <summary>Makes the option.</summary>
    /// <param name="description">Its help text.</param>
    public static Option<Uri?> Create(string description) => new("--server") { Description = description, CustomParser = Parse };

    private static Uri? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is ("ws" or "tcp"))
        {
            return address;
        }

        result.AddError($"'{text}' is no address of a server: ws://host:port/rsocket or tcp://host:port.");
        return null;
    }
}
