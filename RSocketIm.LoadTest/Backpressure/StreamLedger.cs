using System.Globalization;

namespace RSocketIm.LoadTest.Backpressure;

/// <summary>Keeps the books of one stream, frame by frame: what its reader granted, and which entries came.</summary>
/// <remarks>
/// A grant is booked before its frame is written, so whatever the frames in flight, what came may never exceed it. Nothing of the
/// server or of the library's streams is asked.
/// </remarks>
internal sealed class StreamLedger(string stream, long after)
{
    // One broken promise tends to come with thousands of the same kind; the first ones say it.
    private const int MostTold = 8;

    // More than this at once is no hole but nonsense, and not worth the memory to remember.
    private const int LargestHole = 1_000_000;

    private readonly List<BrokenPromise> broken = [];
    private readonly SortedSet<long> missing = [];

    /// <summary>Whose stream it is, for the sentences.</summary>
    public string Stream => stream;

    /// <summary>Payloads granted so far.</summary>
    public long Granted { get; private set; }

    /// <summary>Payloads that came so far.</summary>
    public long Received { get; private set; }

    /// <summary>What may still come.</summary>
    public long Outstanding => Granted - Received;

    /// <summary>The highest seq that came.</summary>
    public long Last { get; private set; } = after;

    /// <summary>The first promises that were broken.</summary>
    public IReadOnlyList<BrokenPromise> Broken => broken;

    /// <summary>How many were broken in all.</summary>
    public int BrokenCount { get; private set; }

    /// <summary>The reader is about to grant.</summary>
    public void Grant(int count) => Granted += count;

    /// <summary>An entry came.</summary>
    public void Receive(long seq)
    {
        Received++;
        if (Received > Granted)
        {
            Tell(PromiseCheck.Credit, $"got {Received} payloads and had granted {Granted}; the one too many is seq {seq}");
        }

        if (seq > Last)
        {
            NoteMissing(seq);
            Last = seq;
        }
        else if (missing.Remove(seq))
        {
            Tell(PromiseCheck.Order, $"got seq {seq} after seq {Last}");
        }
        else
        {
            Tell(PromiseCheck.Once, $"got seq {seq} a second time, or from before its start; the last was {Last}");
        }
    }

    /// <summary>The stream ended, which a feed never does by itself.</summary>
    public void End(string how) => Tell(PromiseCheck.Open, $"was ended after seq {Last}: {how}");

    /// <summary>Everything that was sent has had its time to come.</summary>
    /// <param name="head">The last seq of the room.</param>
    public void Close(long head)
    {
        if (Last < head)
        {
            Tell(PromiseCheck.Rest, $"got nothing after seq {Last} of {head}, with {Granted - Received} of {Granted} credits unused");
        }

        if (missing.Count > 0)
        {
            Tell(PromiseCheck.Complete, $"never got seq {missing.Min}, one of {missing.Count} left out up to seq {Last}");
        }
    }

    private void NoteMissing(long seq)
    {
        if (seq - Last > LargestHole)
        {
            Tell(PromiseCheck.Complete, $"got seq {seq} after seq {Last}");
            return;
        }

        for (long left = Last + 1; left < seq; left++)
        {
            missing.Add(left);
        }
    }

    private void Tell(PromiseCheck check, FormattableString what)
    {
        BrokenCount++;
        if (broken.Count < MostTold)
        {
            broken.Add(new BrokenPromise(check, stream, $"{stream} {what.ToString(CultureInfo.InvariantCulture)}."));
        }
    }
}
