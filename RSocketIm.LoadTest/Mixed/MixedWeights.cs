namespace RSocketIm.LoadTest.Mixed;

/// <summary>How often a user does what, each as a part of all together.</summary>
internal sealed record MixedWeights(int Send, int History, int Search, int Receipt, int Presence, int Move, int Reconnect)
{
    /// <summary>As people do in a chat server: they read most, write some, look things up now and then.</summary>
    public static MixedWeights Usual { get; } = new(40, 15, 5, 20, 10, 5, 5);

    /// <summary>All together, 1 or more.</summary>
    public int Sum => Send + History + Search + Receipt + Presence + Move + Reconnect;

    /// <summary>Which operation a number stands for.</summary>
    /// <param name="number">0..<see cref="Sum"/>-1.</param>
    public MixedOperation Pick(int number)
    {
        foreach ((int weight, MixedOperation operation) in (ReadOnlySpan<(int, MixedOperation)>)
        [
            (Send, MixedOperation.Send), (History, MixedOperation.History), (Search, MixedOperation.Search), (Receipt, MixedOperation.Receipt),
            (Presence, MixedOperation.Presence), (Move, MixedOperation.Move),
        ])
        {
            if (number < weight)
            {
                return operation;
            }

            number -= weight;
        }

        return MixedOperation.Reconnect;
    }
}
