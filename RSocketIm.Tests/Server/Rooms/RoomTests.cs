using RSocketIm.Protocol;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.Rooms;

public sealed class RoomTests
{
    private static readonly RoomRecord Record = new("lobby", "", RoomKind.Public, "epoch", 0, "ann", 5, 0);
    private readonly Room room = new(Record, [new MemberRecord("ann", Standing.Owner, 0, 1)]);

    [Fact]
    public void Park_AfterACommitTheReaderHasNotSeen_IsRefused()
    {
        Reader reader = new("bob", 5);
        room.Open(reader);
        room.PublishHead(6);

        Assert.False(room.TryPark(reader));
        Assert.Equal((0, 0), (room.ParkedCount, reader.Wakes));
    }

    [Fact]
    public void Parked_OfAnyNumber_AreEachWokenOnceAndMayParkAgainMeanwhile()
    {
        Reader[] readers = [.. Enumerable.Range(0, 50).Select(i => new Reader("bob", 5))];
        foreach (Reader reader in readers)
        {
            reader.OnWake = () =>
            {
                reader.Cursor = room.Head;
                Assert.True(room.TryPark(reader));
            };
            room.Open(reader);
            Assert.True(room.TryPark(reader));
        }

        for (int round = 1; round <= 5; round++)
        {
            Assert.Equal(50, room.PublishHead(5 + round));
            Assert.All(readers, reader => Assert.Equal(round, reader.Wakes));
        }
    }

    [Fact]
    public void Parking_AfterRandomParksClosesAndCommits_HoldsWhoShouldBeThere()
    {
        Random random = new(5);
        List<Reader> open = [];
        HashSet<Reader> parked = [];
        long head = 5;
        for (int step = 0; step < 20_000; step++)
        {
            switch (random.Next(8))
            {
                case 0 or 1:
                    Reader added = new("bob", head);
                    room.Open(added);
                    open.Add(added);
                    break;
                case 2 when open.Count > 0:
                    Reader closed = open[random.Next(open.Count)];
                    open.Remove(closed);
                    parked.Remove(closed);
                    room.Close(closed);
                    break;
                case 3 when random.Next(10) == 0:
                    Assert.Equal(parked.Count, room.PublishHead(++head));
                    parked.Clear();
                    break;
                default:
                    if (open.Count > 0)
                    {
                        Reader reader = open[random.Next(open.Count)];
                        reader.Cursor = head;
                        Assert.True(room.TryPark(reader));
                        parked.Add(reader);
                    }

                    break;
            }

            Assert.Equal(parked.Count, room.ParkedCount);
        }
    }

    [Fact]
    public void StateThatTakesRights_StopsExactlyThoseReadersAlsoWhenTheyCloseThemselves()
    {
        Reader[] readers = [.. Enumerable.Range(0, 9).Select(i => new Reader(i % 3 == 0 ? "ann" : "bob", 5))];
        foreach (Reader reader in readers)
        {
            reader.OnStop = () => room.Close(reader);
            room.Open(reader);
        }

        room.PublishState(Record with { Kind = RoomKind.Private }, []);

        Assert.Equal(readers.Select(reader => reader.User == "bob"), readers.Select(reader => reader.Stopped));
        Assert.Throws<RSocketException>(() => room.Open(new Reader("bob", 5)));
    }

    private sealed class Reader(string user, long cursor) : IRoomReader
    {
        public string User => user;

        public long Cursor { get; set; } = cursor;

        public int Wakes { get; private set; }

        public bool Stopped { get; private set; }

        public Action? OnWake { get; set; }

        public Action? OnStop { get; set; }

        IRoomReader? IRoomReader.NextReader { get; set; }

        IRoomReader? IRoomReader.PreviousReader { get; set; }

        int IRoomReader.ParkedAt { get; set; }

        void IRoomReader.LogGrew()
        {
            Wakes++;
            OnWake?.Invoke();
        }

        void IRoomReader.RightsLost(RSocketException reason)
        {
            Stopped = true;
            OnStop?.Invoke();
        }
    }
}
