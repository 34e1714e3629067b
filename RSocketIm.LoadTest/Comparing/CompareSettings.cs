namespace RSocketIm.LoadTest.Comparing;

/// <summary>How much of everything a comparison does.</summary>
internal sealed record CompareSettings
{
    /// <summary>Rounds; in each, every server does every work once.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Seconds that a work is measured in a round.</summary>
    public double Seconds { get; init; } = 2;

    /// <summary>Seconds before that, in every round; the first round is preceded by one that is not counted.</summary>
    public double WarmUpSeconds { get; init; } = 0.7;

    /// <summary>Subscribers of the room.</summary>
    public int Subscribers { get; init; } = 1_000;

    /// <summary>Messages on the way from the publisher when it sends as fast as they arrive.</summary>
    public int InFlight { get; init; } = 256;

    /// <summary>Deliveries a second of the latency run.</summary>
    public int DeliveriesPerSecond { get; init; } = 50_000;

    /// <summary>Connections that only wait; 0 leaves that out.</summary>
    public int IdleConnections { get; init; } = 10_000;

    /// <summary>Names of works to do; all when empty.</summary>
    public IReadOnlyList<string> Works { get; init; } = [];

    /// <summary>Names of peers beside RSocketIm; all when empty.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>An RSocketIm that runs already, instead of one that is started.</summary>
    public Uri? Server { get; init; }

    /// <summary>Its process, when it runs on this machine; else 0.</summary>
    public int ServerProcess { get; init; }

    /// <summary>Where the server that is started has its data.</summary>
    public string? Directory { get; init; }

    /// <summary>A check of correctness in little time; its figures mean nothing.</summary>
    public static CompareSettings Quick { get; } = new()
    {
        Rounds = 1,
        Seconds = 0.5,
        WarmUpSeconds = 0.2,
        Subscribers = 100,
        DeliveriesPerSecond = 5_000,
        IdleConnections = 200,
    };
}
