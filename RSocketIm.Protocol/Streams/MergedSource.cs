using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>Two sources on one stream: they take turns while both have something, and an error of either ends the stream.</summary>
/// <remarks>For a channel that answers what comes in and also tells what happens meanwhile. It completes when both have.</remarks>
public sealed class MergedSource : PayloadSource
{
    private readonly Part[] parts;
    private int turn;

    /// <summary>Creates the source.</summary>
    /// <param name="first">A source that serves no stream yet.</param>
    /// <param name="second">Another one.</param>
    public MergedSource(PayloadSource first, PayloadSource second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        parts = [new Part(this, first), new Part(this, second)];
    }

    /// <inheritdoc/>
    protected override void Attached()
    {
        foreach (Part part in parts)
        {
            part.Source.Attach(part);
        }
    }

    /// <inheritdoc/>
    protected internal override PullStatus TryPull(out Payload payload)
    {
        for (int i = 0; i < parts.Length; i++)
        {
            Part part = parts[turn];
            turn ^= 1;
            if (part.IsOver)
            {
                continue;
            }

            PullStatus status = part.Source.TryPull(out payload);
            if (status is PullStatus.NextAndComplete or PullStatus.Complete)
            {
                part.IsOver = true;
            }

            if (status is PullStatus.Next or PullStatus.NextAndComplete)
            {
                return AreOver ? PullStatus.NextAndComplete : PullStatus.Next;
            }
        }

        payload = default;
        return AreOver ? PullStatus.Complete : PullStatus.Idle;
    }

    /// <inheritdoc/>
    protected internal override void Release()
    {
        foreach (Part part in parts)
        {
            part.Source.ReleaseOnce();
        }
    }

    private bool AreOver => parts[0].IsOver && parts[1].IsOver;

    private sealed class Part(MergedSource whole, PayloadSource source) : ISourceHost
    {
        private volatile bool isOver;

        public PayloadSource Source => source;

        public bool IsOver
        {
            get => isOver;
            set => isOver = value;
        }

        void ISourceHost.SourceReady() => whole.SignalReady();

        void ISourceHost.SourceEnded(RSocketException? error)
        {
            if (error is not null)
            {
                whole.SignalError(error);
                return;
            }

            isOver = true;
            if (whole.AreOver)
            {
                whole.SignalComplete();
            }
        }
    }
}
