namespace RSocketIm.Server.Gateways.Http;

/// <summary>What the text of an address stands for in JSON. What cannot be read so is passed on as text, for the record's format to name in its refusal.</summary>
internal enum ParameterKind
{
    /// <summary>A text.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A number of seconds, with an <c>s</c> behind it or not.</summary>
    Seconds,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Flag,

    /// <summary>Texts with commas between them.</summary>
    Texts,

    /// <summary>JSON as it is.</summary>
    Json,
}
