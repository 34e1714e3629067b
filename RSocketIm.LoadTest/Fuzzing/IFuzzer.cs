namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>Makes inputs and puts them to what is under test, as many as it is told. One thread at a time.</summary>
internal interface IFuzzer
{
    string Name { get; }

    /// <summary>Whether an input is a sequence of frames on a connection: slow, and with time limits of its own.</summary>
    bool IsSequence { get; }

    /// <summary>Inputs so far. Any thread.</summary>
    long Inputs { get; }

    /// <summary>Frames so far, where an input is a sequence of frames. Any thread.</summary>
    long Frames { get; }

    /// <summary>Kinds of inputs told apart so far.</summary>
    int Kinds { get; }

    /// <summary>The input that is being tried. Any thread: for who finds that it takes for ever.</summary>
    byte[] Current { get; }

    /// <summary>Tries inputs until one shows something.</summary>
    /// <param name="count">How many.</param>
    /// <returns>What was found, made as short as can be; null when all was well.</returns>
    FuzzFinding? Run(int count);

    /// <summary>Tries an input that was found before.</summary>
    /// <returns>What is wrong with it; null when all is well.</returns>
    (string Kind, string Message)? Replay(byte[] input);
}
