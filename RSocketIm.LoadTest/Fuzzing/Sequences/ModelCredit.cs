namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>Credit as the model counts it: grants add up, and without end once they have reached 2^31-1.</summary>
internal sealed class ModelCredit
{
    private long granted;

    public long Available { get; private set; }

    public void Grant(long n)
    {
        granted += n;
        Available = granted >= int.MaxValue ? long.MaxValue : Available + n;
    }

    public bool TrySpend()
    {
        if (Available == 0)
        {
            return false;
        }

        Available -= Available == long.MaxValue ? 0 : 1;
        return true;
    }

    public void GiveBack() => Available += Available == long.MaxValue ? 0 : 1;
}
