using RSocketIm.LoadTest.Backpressure;

namespace RSocketIm.Tests.LoadTest.Backpressure;

/// <summary>A check that finds nothing proves nothing until it has been seen to find each fault.</summary>
public sealed class StreamLedgerTests
{
    private readonly StreamLedger ledger = new("ann in room", 0);

    [Fact]
    public void WhatWasGranted_InItsOrder_IsWell()
    {
        ledger.Grant(2);
        Receive(1, 2);
        ledger.Grant(7);
        Receive(3, 4, 5);
        ledger.Close(5);
        Expect();
        Assert.Equal((9, 5, 4), (ledger.Granted, ledger.Received, ledger.Outstanding));
    }

    [Fact]
    public void TwoGrantsOfEverything_AddUp()
    {
        ledger.Grant(int.MaxValue);
        ledger.Grant(int.MaxValue);
        Receive(1);
        ledger.Close(1);
        Expect();
        Assert.Equal((2L * int.MaxValue) - 1, ledger.Outstanding);
    }

    [Fact]
    public void OneTooMany_IsFound()
    {
        ledger.Grant(2);
        Receive(1, 2, 3);
        ledger.Grant(10);
        Receive(4);
        ledger.Close(4);
        Expect((PromiseCheck.Credit, "ann in room got 3 payloads and had granted 2; the one too many is seq 3."));
    }

    [Fact]
    public void AHole_IsFound()
    {
        ledger.Grant(10);
        Receive(1, 2, 5, 6);
        ledger.Close(6);
        Expect((PromiseCheck.Complete, "ann in room never got seq 3, one of 2 left out up to seq 6."));
    }

    [Fact]
    public void ARepeat_IsFound()
    {
        ledger.Grant(10);
        Receive(1, 2, 3, 2, 4);
        ledger.Close(4);
        Expect((PromiseCheck.Once, "ann in room got seq 2 a second time, or from before its start; the last was 3."));
    }

    [Fact]
    public void ASwap_IsFound()
    {
        ledger.Grant(10);
        Receive(1, 3, 2, 4);
        ledger.Close(4);
        Expect((PromiseCheck.Order, "ann in room got seq 2 after seq 3."));
    }

    [Fact]
    public void TheRestThatNeverComes_IsFound()
    {
        ledger.Grant(10);
        Receive(1, 2);
        ledger.Close(9);
        Expect((PromiseCheck.Rest, "ann in room got nothing after seq 2 of 9, with 8 of 10 credits unused."));
    }

    [Fact]
    public void AnEnd_IsFound()
    {
        ledger.Grant(10);
        Receive(1);
        ledger.End("too slow");
        Expect((PromiseCheck.Open, "ann in room was ended after seq 1: too slow."));
    }

    [Fact]
    public void ASeqOutOfThisWorld_IsFoundWithoutRememberingAllBeforeIt()
    {
        ledger.Grant(10);
        Receive(1, long.MaxValue);
        Expect((PromiseCheck.Complete, $"ann in room got seq {long.MaxValue} after seq 1."));
    }

    [Fact]
    public void WhatIsBrokenAgainAndAgain_IsCountedAndToldAFewTimes()
    {
        for (int seq = 1; seq <= 1_000; seq++)
        {
            ledger.Receive(seq);
        }

        Assert.Equal(1_000, ledger.BrokenCount);
        Assert.InRange(ledger.Broken.Count, 1, 10);
    }

    private void Receive(params long[] seqs)
    {
        foreach (long seq in seqs)
        {
            ledger.Receive(seq);
        }
    }

    private void Expect(params (PromiseCheck Check, string Sentence)[] expected) =>
        Assert.Equal(expected, ledger.Broken.Select(static promise => (promise.Check, promise.Sentence)));
}
