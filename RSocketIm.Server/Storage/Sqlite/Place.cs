namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>One entry among all rooms, in one number: the room's number in the upper bits, the seq in the lower 40.</summary>
/// <remarks>Sorts by room and then by seq, so that one integer column does what two would, in half the index.</remarks>
internal static class Place
{
    /// <summary>The largest seq, 1,099,511,627,775: twelve days at a million entries a second, 348 years at a hundred.</summary>
    public const long MaxSeq = (1L << SeqBits) - 1;

    /// <summary>The largest room number, 8,388,607.</summary>
    public const int MaxRoom = (1 << (63 - SeqBits)) - 1;

    private const int SeqBits = 40;

    public static long Of(int room, long seq) => ((long)room << SeqBits) | seq;

    public static int RoomOf(long place) => (int)(place >> SeqBits);

    public static long SeqOf(long place) => place & MaxSeq;
}
