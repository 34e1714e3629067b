using System.Buffers;

namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>A reader of bytes under test: how valid bytes come about, what reading them gives, and what must hold.</summary>
/// <remarks>One object per worker; not thread-safe.</remarks>
internal abstract class FuzzTarget
{
    /// <summary>One word, for the command line and for file names.</summary>
    public abstract string Name { get; }

    /// <summary>Inputs to begin with.</summary>
    public virtual IEnumerable<byte[]> Seeds => [];

    /// <summary>What kind of input the last <see cref="Read"/> met, coarsely: an input of a kind not seen before is kept.</summary>
    public ulong Shape { get; protected set; }

    /// <summary>Whether an exception's text must be the same however the bytes are cut.</summary>
    public virtual bool ComparesMessages => true;

    /// <summary>Writes an input that is valid, or nearly.</summary>
    public abstract void Generate(FuzzRandom random, ArrayBufferWriter<byte> output);

    /// <summary>Reads all there is to read.</summary>
    /// <returns>The digest of what was read.</returns>
    /// <exception cref="FuzzException">An oracle was contradicted.</exception>
    public abstract ulong Read(in ReadOnlySequence<byte> input);

    /// <summary>Whether the reader's documentation names this exception.</summary>
    public abstract bool IsDocumented(Exception error);

    /// <summary>What must hold of an input that was read: written again it reads the same.</summary>
    /// <param name="input">The input.</param>
    /// <param name="digest">What reading gave.</param>
    /// <exception cref="FuzzException">It does not hold.</exception>
    public virtual void Check(byte[] input, ulong digest)
    {
    }

    /// <summary>Managed bytes that reading an input may allocate: so much for an exception and its text, and so much a byte.</summary>
    public virtual long AllocationLimit(int length) => 32_768 + (256L * length);

    protected static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new FuzzException(what);
        }
    }
}
