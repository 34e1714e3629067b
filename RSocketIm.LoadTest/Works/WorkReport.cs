namespace RSocketIm.LoadTest.Works;

/// <summary>What <c>echo</c> and <c>fanout</c> found.</summary>
/// <param name="Work">Which it was, and how much of it.</param>
/// <param name="Machine">Where and when.</param>
/// <param name="Points">A measurement for each number of connections that was asked for.</param>
internal sealed record WorkReport(string Work, Machine Machine, IReadOnlyList<WorkPoint> Points);
