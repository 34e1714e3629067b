using RSocketIm.LoadTest.Works;

namespace RSocketIm.LoadTest.Comparing;

/// <summary>Everything that a comparison found: what <c>--json</c> writes and the tables and plots are made from.</summary>
internal sealed record CompareReport
{
    /// <summary>The server that all others are compared with.</summary>
    public const string Own = "RSocketIm";

    public required Machine Machine { get; init; }

    public required CompareSettings Settings { get; init; }

    public required IReadOnlyList<WorkText> Works { get; init; }

    public required IReadOnlyList<Sample> Samples { get; init; }

    public required IReadOnlyList<IdleSample> Idle { get; init; }

    /// <summary>Peers that could not be started, and why.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Deliveries and answers that were lost, came twice or in another order.</summary>
    public required IReadOnlyList<string> Violations { get; init; }

    /// <summary>Peers that did a work, in the order they did it first.</summary>
    public IReadOnlyList<string> PeersOf(string work) => [.. Samples.Where(sample => sample.Work == work).Select(static sample => sample.Peer).Distinct().OrderBy(static peer => peer != Own)];

    /// <summary>A figure over the rounds; null when a server did not do the work or does not have the figure.</summary>
    public Spread? Of(string work, string peer, Func<Measurement, double?> figure)
    {
        double[] values = [.. Samples.Where(sample => sample.Work == work && sample.Peer == peer).Select(sample => figure(sample.Measured)).OfType<double>()];
        return values.Length == 0 ? null : Spread.Of(values);
    }

    /// <summary>RSocketIm's figure divided by a peer's, round by round: both were measured within seconds of each other.</summary>
    public Spread? Ratio(string work, string peer, Func<Measurement, double?> figure)
    {
        double[] ratios =
        [
            .. from own in Samples
               join other in Samples on own.Round equals other.Round
               where own.Work == work && other.Work == work && own.Peer == Own && other.Peer == peer
               let ratio = figure(own.Measured) / figure(other.Measured)
               where ratio is not null
               select ratio.Value,
        ];
        return ratios.Length == 0 ? null : Spread.Of(ratios);
    }
}
