namespace RSocketIm.LoadTest.Comparing;

/// <summary>A figure that is to be reached.</summary>
/// <param name="Text">What is to be.</param>
/// <param name="Bound">The figure.</param>
/// <param name="AtLeast">It is a lower bound; else an upper one.</param>
/// <param name="Reached">What the rounds gave; null when it was not measured.</param>
internal sealed record Goal(string Text, double Bound, bool AtLeast, Spread? Reached)
{
    /// <summary>Whether the median reaches it; null when it was not measured.</summary>
    public bool? IsMet => Reached is null ? null : AtLeast ? Reached.Median >= Bound : Reached.Median <= Bound;
}
