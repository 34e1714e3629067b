namespace RSocketIm.LoadTest.Engine;

/// <summary>Does the same thing again and again at the times at which it is due.</summary>
/// <remarks>Due times come from the start and the rate alone: what makes one late does not make the next less due, and is counted as late.</remarks>
internal sealed class Pace
{
    private readonly ClientLoop loop;
    private readonly double rate;
    private readonly Func<int, long, bool> act;
    private readonly Action step;
    private readonly long start;
    private int index;

    private Pace(ClientLoop loop, double rate, Func<int, long, bool> act)
    {
        this.loop = loop;
        this.rate = rate;
        this.act = act;
        step = Step;
        start = loop.Now;
    }

    private long Due => ClientLoop.After(start, TimeSpan.FromSeconds(index / rate));

    /// <summary>Begins now; the first time is due at once.</summary>
    /// <param name="loop">On whose thread.</param>
    /// <param name="rate">Times a second.</param>
    /// <param name="act">What is done: given how often it was done before, and the moment at which it is due. False: that was the last time.</param>
    public static void Begin(ClientLoop loop, double rate, Func<int, long, bool> act)
    {
        Pace pace = new(loop, rate, act);
        loop.At(pace.start, pace.step);
    }

    private void Step()
    {
        if (act(index, Due))
        {
            index++;
            loop.At(Due, step);
        }
    }
}
