namespace RSocketIm.LoadTest.Backpressure;

/// <summary>What a run of <see cref="BackpressureRun"/> does to its server.</summary>
internal sealed record BackpressureLoad
{
    /// <summary>Readers; a tenth of them stalls by credit, a tenth by not reading its socket, a tenth grants at random.</summary>
    public int Subscribers { get; init; } = 1_000;

    /// <summary>Rooms that they share.</summary>
    public int Rooms { get; init; } = 4;

    /// <summary>Feeds of one connection that stalls, or grants at random: what one of them owes nobody else may pay.</summary>
    public int FeedsPerConnection { get; init; } = 10;

    /// <summary>Messages a second, over all rooms.</summary>
    public int Rate { get; init; } = 200;

    /// <summary>Bytes of a message's text.</summary>
    public int Bytes { get; init; } = 64;

    /// <summary>How long each of the four parts takes: warming up, all read, a tenth stalls, two tenths stall.</summary>
    public TimeSpan Part { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long readers may take to have everything, at the end.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Of what chance decides.</summary>
    public ulong Seed { get; init; } = 1;
}
