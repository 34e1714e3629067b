namespace RSocketIm.LoadTest.Plotting;

/// <summary>A line of a plot.</summary>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);
