using System.Text;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Tests.TestKit;

/// <summary>A source of runs and of single payloads, in the order in which a test offers them, that writes down what was taken of it.</summary>
/// <remarks>A run that the stream may not take as one is given payload by payload.</remarks>
internal sealed class RunSource : PayloadSource
{
    private readonly Lock sync = new();
    private readonly Queue<Part> parts = new();
    private readonly List<RunSlice> taken = [];
    private int next; // of the first part
    private int singles;
    private bool completed;

    /// <summary>What was taken of runs, in order.</summary>
    public IReadOnlyList<RunSlice> Taken
    {
        get
        {
            lock (sync)
            {
                return [.. taken];
            }
        }
    }

    /// <summary>How many payloads each take of a run gave.</summary>
    public IEnumerable<int> Counts => Taken.Select(slice => slice.Count);

    /// <summary>How many payloads were pulled one by one.</summary>
    public int Singles
    {
        get
        {
            lock (sync)
            {
                return singles;
            }
        }
    }

    /// <summary>A run of texts.</summary>
    public static PayloadRun RunOf(params IEnumerable<string> texts) =>
        PayloadRun.Create([.. texts.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))]);

    /// <summary>A run of numbers as text.</summary>
    public static PayloadRun Numbers(int from, int count) => RunOf(Enumerable.Range(from, count).Select(i => $"{i}"));

    public void Offer(PayloadRun run) => Offer(new Part(run, default));

    public void Offer(string text) => Offer(new Part(null, Payload.FromText(text)));

    /// <summary>Ends after what was offered.</summary>
    public void CompleteAfterLast()
    {
        lock (sync)
        {
            completed = true;
        }

        SignalReady();
    }

    protected internal override bool TryPullRun(long payloads, int bytes, int frameBytes, out RunSlice slice)
    {
        lock (sync)
        {
            slice = default;
            if (!parts.TryPeek(out Part part) || part.Run is not { } run || run.LongestFrame > frameBytes)
            {
                return false;
            }

            slice = new RunSlice(run, next, run.Count - next).Within(payloads, bytes);
            taken.Add(slice);
            Pass(run, slice.Count);
            return true;
        }
    }

    protected internal override PullStatus TryPull(out Payload payload)
    {
        lock (sync)
        {
            payload = default;
            if (!parts.TryPeek(out Part part))
            {
                return completed ? PullStatus.Complete : PullStatus.Idle;
            }

            singles++;
            payload = part.Run is { } run ? new Payload(run.Data(next).ToArray()) : part.Single;
            Pass(part.Run, 1);
            return PullStatus.Next;
        }
    }

    private void Offer(Part part)
    {
        lock (sync)
        {
            parts.Enqueue(part);
        }

        SignalReady();
    }

    private void Pass(PayloadRun? run, int count)
    {
        next += count;
        if (next == (run?.Count ?? 1))
        {
            parts.Dequeue();
            next = 0;
        }
    }

    private readonly record struct Part(PayloadRun? Run, Payload Single);
}
