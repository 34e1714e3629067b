using RSocketIm.Server.Storage;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Storage;

public sealed class MemoryRoomStoreTests : RoomStoreTests
{
    private protected override IRoomStore Store { get; } = new MemoryRoomStore();
}
