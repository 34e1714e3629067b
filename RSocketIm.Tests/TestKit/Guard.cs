namespace RSocketIm.Tests.TestKit;

/// <summary>No test waits for ever: what should have happened by now has failed.</summary>
internal static class Guard
{
    /// <summary>Long for a machine under load, short for a person; nothing is ever measured with it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Task Within(this Task task) => task.WaitAsync(Patience);

    public static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Patience);

    public static Task Within(this ValueTask task) => task.AsTask().WaitAsync(Patience);

    public static Task<T> Within<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Patience);

    /// <summary>Lets other work run until a condition holds that no event announces.</summary>
    public static async Task Until(Func<bool> condition, string what)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, $"It did not come about that {what}.");
            await Task.Yield();
        }
    }
}
