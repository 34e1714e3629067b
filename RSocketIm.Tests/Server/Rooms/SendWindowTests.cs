using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Tests.Server.Rooms;

public sealed class SendWindowTests
{
    private readonly List<TaskCompletionSource<MessageSent>> sends = [];

    [Fact]
    public async Task Answers_ComeInTheOrderOfTheSends_WhateverFinishesFirst()
    {
        SendWindow window = Create(4, 8);
        window.TakeCredit();
        window.Send(Message("a"), first: true);
        window.Send(Message("b"));
        window.Refuse("c", new RSocketException((ErrorCode)0x400, "bad_request: no"));
        await FinishAsync(window, 1, new MessageSent { Seq = 2 });
        Assert.False(window.TryTake(out _));
        await FinishAsync(window, 0, new MessageSent { Seq = 1 });

        Assert.Equal(["a", "b", "c"], TakeAll(window).Select(answer => answer.Id));
        Assert.True(window.IsEmpty);
    }

    [Fact]
    public async Task Credit_ComesBackAsCommitsFinish_WithoutAnyAnswerTaken()
    {
        SendWindow window = Create(4, 8);
        Assert.Equal(4, window.TakeCredit());
        Assert.Equal(0, window.TakeCredit());
        for (int i = 0; i < 4; i++)
        {
            window.Send(Message($"m{i}"));
        }

        Assert.Equal(0, window.TakeCredit());
        await FinishAsync(window, 3, new MessageSent());
        Assert.Equal(1, window.TakeCredit());
        await FinishAsync(window, 0, new MessageSent());
        await FinishAsync(window, 1, new MessageSent());
        Assert.Equal(2, window.TakeCredit());
    }

    [Fact]
    public async Task Credit_IsHeldBack_WhileAnswersAreNotTaken()
    {
        SendWindow window = Create(4, 6);
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(i is 0 ? 4 : i < 3 ? 1 : 0, window.TakeCredit());
            window.Send(Message($"m{i}"));
            await FinishAsync(window, i, new MessageSent());
        }

        Assert.Equal(0, window.TakeCredit());
        Assert.True(window.TryTake(out _));
        Assert.Equal(1, window.TakeCredit());
        Assert.Equal(5, TakeAll(window).Count);
        Assert.Equal(3, window.TakeCredit());
    }

    [Fact]
    public void FirstSend_NeedsNoCredit()
    {
        SendWindow window = Create(4, 8);
        window.Send(Message("a"), first: true);

        Assert.Equal(3, window.TakeCredit());
    }

    [Fact]
    public void Refusals_AtOnceOrLater_AreAnswers()
    {
        SendWindow window = new(
            message => message.Id == "now" ? throw Refusal.NotMember("lobby") : ValueTask.FromException<MessageSent>(Refusal.StoreFailed()), 4, 8);
        int changes = 0;
        window.Changed += () => changes++;
        window.Send(Message("now"));
        window.Send(Message("later"));

        List<SendAnswer> answers = TakeAll(window);
        Assert.Equal([0x403u, 0x503u], answers.Select(answer => (uint)answer.Refusal!.Code));
        Assert.Equal(2, changes);
    }

    private static MessageSend Message(string id) => new() { Room = "lobby", Id = id, Text = "text" };

    private static List<SendAnswer> TakeAll(SendWindow window)
    {
        List<SendAnswer> answers = [];
        while (window.TryTake(out SendAnswer answer))
        {
            answers.Add(answer);
        }

        return answers;
    }

    private async Task FinishAsync(SendWindow window, int send, MessageSent sent)
    {
        TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        window.Changed += changed.SetResult;
        sends[send].SetResult(sent);
        await changed.Task;
        window.Changed -= changed.SetResult;
    }

    private SendWindow Create(int window, int maxAnswers) => new(
        _ =>
        {
            TaskCompletionSource<MessageSent> sent = new();
            sends.Add(sent);
            return new ValueTask<MessageSent>(sent.Task);
        },
        window,
        maxAnswers);
}
