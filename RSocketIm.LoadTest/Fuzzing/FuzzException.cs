namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>An oracle was contradicted: the code under test did something that it must not.</summary>
internal sealed class FuzzException(string message) : Exception(message);
