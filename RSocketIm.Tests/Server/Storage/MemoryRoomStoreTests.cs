using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.Storage;

public sealed class MemoryRoomStoreTests : RoomStoreTests
{
    private protected override IRoomStore Store { get; } = new MemoryRoomStore();
}
