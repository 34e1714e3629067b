using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>Does what the requests say, at once and on the calling thread; counts what it holds.</summary>
internal sealed class FuzzResponder : RSocketResponder
{
    /// <summary>The code of the application's own errors.</summary>
    public const ErrorCode OwnCode = (ErrorCode)0x301;

    private int held;
    private int closed;

    /// <summary>Sources that are not released and handlers that wait. None is left when the connection is over.</summary>
    public int Held => Volatile.Read(ref held);

    /// <summary>How often it was told that the connection is over.</summary>
    public int Closed => Volatile.Read(ref closed);

    public override ValueTask<Payload> RequestResponseAsync(PayloadView request, StreamContext context)
    {
        Payload copy = request.ToPayload();
        FuzzPlan plan = FuzzPlan.Parse(copy.Data.Span);
        switch (plan.End)
        {
            case FuzzEnd.Never or FuzzEnd.NeverUntilCancelled:
                return new ValueTask<Payload>(WaitAsync(context));
            case FuzzEnd.Error:
                throw new RSocketException(OwnCode, "planned");
            default:
                ThrowIfPlanned(plan);
                return ValueTask.FromResult(copy);
        }
    }

    public override PayloadSource RequestStream(PayloadView request, StreamContext context)
    {
        FuzzPlan plan = FuzzPlan.Parse(request.ToPayload().Data.Span);
        ThrowIfPlanned(plan);
        return new PlannedSource(this, plan);
    }

    public override PayloadSource RequestChannel(PayloadView first, InboundStream incoming, StreamContext context)
    {
        FuzzPlan plan = FuzzPlan.Parse(first.ToPayload().Data.Span);
        ThrowIfPlanned(plan);
        if (plan.Grant > 0)
        {
            incoming.Subscribe(new PlannedReceiver(plan, incoming));
            incoming.Request(plan.Grant);
        }

        return new PlannedSource(this, plan);
    }

    public override void ConnectionClosed(Exception? reason) => Interlocked.Increment(ref closed);

    private static void ThrowIfPlanned(FuzzPlan plan)
    {
        switch (plan.End)
        {
            case FuzzEnd.Refuse:
                throw new RSocketException(ErrorCode.Rejected, "planned");
            case FuzzEnd.Throw:
                throw new InvalidOperationException("planned");
            default:
                break;
        }
    }

    private async Task<Payload> WaitAsync(StreamContext context)
    {
        Interlocked.Increment(ref held);
        try
        {
            await Task.Delay(Timeout.Infinite, context.Cancelled).ConfigureAwait(false);
            return default;
        }
        finally
        {
            Interlocked.Decrement(ref held);
        }
    }

    private sealed class PlannedSource : PayloadSource
    {
        private readonly FuzzResponder responder;
        private readonly FuzzPlan plan;
        private int sent;

        public PlannedSource(FuzzResponder responder, FuzzPlan plan)
        {
            this.responder = responder;
            this.plan = plan;
            Interlocked.Increment(ref responder.held);
        }

        protected internal override PullStatus TryPull(out Payload payload)
        {
            if (sent < plan.Count)
            {
                payload = plan.PayloadAt(sent++);
                return sent == plan.Count && plan.End == FuzzEnd.CompleteWithLast ? PullStatus.NextAndComplete : PullStatus.Next;
            }

            payload = default;
            return plan.End switch
            {
                FuzzEnd.Never or FuzzEnd.NeverUntilCancelled => PullStatus.Idle,
                FuzzEnd.Error => throw new RSocketException(OwnCode, "planned"),
                _ => PullStatus.Complete,
            };
        }

        protected internal override void Release() => Interlocked.Decrement(ref responder.held);
    }

    private sealed class PlannedReceiver(FuzzPlan plan, InboundStream incoming) : IPayloadReceiver
    {
        private int received;

        public void OnNext(PayloadView payload)
        {
            received++;
            if (received == plan.StopAfter)
            {
                incoming.Cancel();
            }
            else if (plan.Refills)
            {
                incoming.Request(1);
            }
        }

        public void OnComplete()
        {
        }

        public void OnError(RSocketException error)
        {
        }
    }
}
