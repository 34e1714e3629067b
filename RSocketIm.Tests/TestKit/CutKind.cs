namespace RSocketIm.Tests.TestKit;

/// <summary>How a cut looks to both ends of a connection.</summary>
public enum CutKind
{
    /// <summary>RST: the ends see an error, and what the proxy had not delivered yet is lost.</summary>
    Reset,

    /// <summary>FIN: the ends read everything that passed and then the end of the stream; what they still send goes nowhere.</summary>
    Fin,
}
