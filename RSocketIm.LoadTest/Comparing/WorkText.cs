namespace RSocketIm.LoadTest.Comparing;

/// <summary>A work's name and what it is.</summary>
internal sealed record WorkText(string Name, string Text);
