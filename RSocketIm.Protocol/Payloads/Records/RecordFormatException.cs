namespace RSocketIm.Protocol.Payloads.Records;

/// <summary>Data do not hold the record they should.</summary>
/// <remarks>The message is a sentence for the sender: which field, what was found (shortened to 40 characters), what is allowed.</remarks>
public sealed class RecordFormatException : Exception
{
    private readonly string problem;

    /// <summary>Creates the exception.</summary>
    /// <param name="field">Path of the field, for example <c>limit</c> or <c>attachments[2].size</c>; empty for the record as a whole.</param>
    /// <param name="problem">What is wrong with it, to be read after its name: "is missing, but must be …".</param>
    /// <param name="inner">The error of the format underneath, if there is one.</param>
    public RecordFormatException(string field, string problem, Exception? inner = null)
        : base($"{(field.Length == 0 ? "The record" : field)} {problem}", inner)
    {
        Field = field;
        this.problem = problem;
    }

    /// <summary>Path of the field, for example <c>limit</c> or <c>attachments[2].size</c>; empty for the record as a whole.</summary>
    public string Field { get; }

    /// <summary>Whether the field is a text, well formed but longer than allowed.</summary>
    public bool IsTooLong { get; internal init; }

    internal static RecordFormatException Wrong(string found, string allowed) => new("", $"is {found}, but must be {allowed}.");

    /// <summary>The same problem, seen from the record or list that holds the value.</summary>
    internal RecordFormatException Within(string outer) =>
        new(Field.Length == 0 || Field[0] == '[' ? outer + Field : $"{outer}.{Field}", problem, InnerException) { IsTooLong = IsTooLong };
}
