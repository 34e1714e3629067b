namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>The place that a connection holds under the name of its session: there is one, and who comes later takes it over.</summary>
internal sealed class SessionPlace(ISessionHolder holder)
{
    private readonly TaskCompletionSource left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Who holds it.</summary>
    public ISessionHolder Holder => holder;

    /// <summary>Ends when nothing of the session is used any more, and what is to be stored is.</summary>
    public Task Left => left.Task;

    /// <summary>It is free.</summary>
    public void Leave() => left.TrySetResult();
}
