using System.Text.Json;

namespace RSocketIm.Server.Gateways.Http;

/// <summary>What is special to the answer of one kind of poll; made when it is known whether there is an event, which has been pulled then.</summary>
internal interface IPollPage
{
    /// <summary>Names this answer: the same address has the same tag as long as it would be answered the same.</summary>
    string Tag { get; }

    /// <summary>Whether everything that the answer may have has been pulled.</summary>
    bool IsComplete { get; }

    /// <summary>Writes what stands before the events.</summary>
    void WriteBefore(Utf8JsonWriter json);

    /// <summary>Writes what stands behind them.</summary>
    void WriteAfter(Utf8JsonWriter json);
}
