namespace RSocketIm.Tests.Server.Routing;

/// <summary>The ways in which one field of a request can be wrong.</summary>
internal enum BadInputKind
{
    /// <summary>Not there.</summary>
    Missing,

    /// <summary>Nil.</summary>
    Null,

    /// <summary>There with two values.</summary>
    GivenTwice,

    /// <summary>A value of any other type.</summary>
    WrongType,

    /// <summary>A text, list or map far beyond any limit.</summary>
    TooLong,

    /// <summary>An empty text.</summary>
    Empty,

    /// <summary>A text that is not of the form of what it names, or none of the words allowed.</summary>
    WrongForm,

    /// <summary>A text, or the key of a map, whose bytes are not UTF-8.</summary>
    NotUtf8,

    /// <summary>A number below 0.</summary>
    Negative,

    /// <summary>A number with a fraction.</summary>
    Fraction,

    /// <summary>2³¹.</summary>
    Beyond31Bits,

    /// <summary>More than 2⁵³, up to what is no number any more.</summary>
    Beyond53Bits,

    /// <summary>A place after the end of what there is.</summary>
    BeyondEnd,

    /// <summary>A room that does not exist.</summary>
    UnknownRoom,

    /// <summary>A private room of others, which must look like one that does not exist.</summary>
    HiddenRoom,

    /// <summary>A room from which the caller is banned.</summary>
    BannedRoom,

    /// <summary>A room in which the caller has too little a role.</summary>
    HigherRole,

    /// <summary>A user whom nobody has heard of.</summary>
    UnknownUser,
}
