using RSocketIm.Protocol;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Tests.Server.Rooms;

public sealed class CommitQueueTests
{
    private List<RoomCommand> batch = [];

    [Fact]
    public void Add_ToAnIdleQueue_StartsTheLoopOnce()
    {
        CommitQueue queue = new(100);

        Assert.True(queue.Add(new Command(1), CancellationToken.None));
        Assert.False(queue.Add(new Command(1), CancellationToken.None));
        Assert.True(queue.TryTake(ref batch));
        Assert.Equal(2, batch.Count);
        Assert.False(queue.Add(new Command(1), CancellationToken.None));
        Assert.True(queue.TryTake(ref batch));
        Assert.False(queue.TryTake(ref batch));
        Assert.True(queue.Add(new Command(1), CancellationToken.None));
    }

    [Fact]
    public void Add_ToAFullQueue_WaitsForItsTurnInOrder()
    {
        CommitQueue queue = new(100);
        Command[] commands = [new(60), new(50), new(30), new(60)];
        foreach (Command command in commands)
        {
            queue.Add(command, CancellationToken.None);
        }

        // The third would fit beside the first, but the second came before it.
        Assert.Equal([[commands[0]], [commands[1], commands[2]], [commands[3]]], TakeAll(queue));
    }

    [Fact]
    public void Add_OfACommandLargerThanTheQueue_IsTakenAlone()
    {
        CommitQueue queue = new(100);
        Command[] commands = [new(10), new(500), new(10)];
        foreach (Command command in commands)
        {
            queue.Add(command, CancellationToken.None);
        }

        Assert.Equal([[commands[0]], [commands[1]], [commands[2]]], TakeAll(queue));
    }

    [Fact]
    public async Task Cancel_WhileWaitingForRoom_TakesTheCommandOut()
    {
        CommitQueue queue = new(100);
        using CancellationTokenSource cancellation = new();
        Command[] commands = [new(100), new(50), new(50)];
        queue.Add(commands[0], CancellationToken.None);
        queue.Add(commands[1], cancellation.Token);
        queue.Add(commands[2], CancellationToken.None);

        await cancellation.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(async () => await commands[1].Answer);
        Assert.Equal([[commands[0]], [commands[2]]], TakeAll(queue));
    }

    [Fact]
    public async Task Cancel_AfterAdmission_DoesNothing()
    {
        CommitQueue queue = new(100);
        using CancellationTokenSource cancellation = new();
        Command[] commands = [new(100), new(50)];
        queue.Add(commands[0], cancellation.Token);
        queue.Add(commands[1], cancellation.Token);
        Assert.True(queue.TryTake(ref batch));

        await cancellation.CancelAsync();

        Assert.True(queue.TryTake(ref batch));
        Assert.Equal([commands[1]], batch);
        Assert.False(commands[1].Answer.IsCompleted);
    }

    [Fact]
    public async Task Close_RefusesWhatComesAndEndsWhenTheRestIsTaken()
    {
        CommitQueue queue = new(10);
        queue.Add(new Command(10), CancellationToken.None);
        queue.Add(new Command(10), CancellationToken.None);
        Task closed = queue.CloseAsync();
        Command late = new(1);

        Assert.False(queue.Add(late, CancellationToken.None));
        Assert.Equal(0x503u, (uint)(await Assert.ThrowsAsync<RSocketException>(async () => await late.Answer)).Code);
        Assert.False(closed.IsCompleted);
        Assert.Equal(2, TakeAll(queue).Count);
        await closed;
    }

    private List<RoomCommand[]> TakeAll(CommitQueue queue)
    {
        List<RoomCommand[]> batches = [];
        while (queue.TryTake(ref batch))
        {
            batches.Add([.. batch]);
        }

        return batches;
    }

    private sealed class Command(int cost) : RoomCommand<int>("ann", "lobby")
    {
        public override int Cost => cost;

        protected override int Run(CommitTurn turn) => 0;
    }
}
