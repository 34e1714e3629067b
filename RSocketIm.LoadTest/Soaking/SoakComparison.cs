namespace RSocketIm.LoadTest.Soaking;

/// <summary>One measure at the two moments that are compared: medians of several samples.</summary>
/// <param name="Name">What.</param>
/// <param name="First">After the first minute.</param>
/// <param name="Last">At the end.</param>
internal sealed record SoakComparison(string Name, double First, double Last)
{
    // A thread more or less is no trend in a process of thirty.
    private const double MinDifference = 4;

    public double Ratio => First == 0 ? (Last == 0 ? 1 : double.PositiveInfinity) : Last / First;

    /// <summary>Whether it has grown by more than a tenth.</summary>
    public bool HasGrown => Last > First * 1.1 && Last - First > MinDifference;
}
