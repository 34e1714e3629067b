namespace RSocketIm.LoadTest.Engine;

/// <summary>What the operating system says of a socket.</summary>
/// <param name="Token">The number it was added under.</param>
/// <param name="Readable">There are bytes, or the end of them, or an error to be read.</param>
/// <param name="Writable">There is room; only told to who asked.</param>
internal readonly record struct Readiness(int Token, bool Readable, bool Writable);
