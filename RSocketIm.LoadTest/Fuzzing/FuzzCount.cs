namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>How much one target was tried.</summary>
/// <param name="Target">Its name.</param>
/// <param name="Inputs">Inputs; of <c>connection</c>, sequences.</param>
/// <param name="Frames">Frames sent in sequences.</param>
/// <param name="Kinds">Kinds of outcomes told apart.</param>
internal sealed record FuzzCount(string Target, long Inputs, long Frames, int Kinds);
