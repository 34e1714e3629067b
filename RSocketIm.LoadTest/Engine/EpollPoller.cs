using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RSocketIm.LoadTest.Engine;

/// <summary>Linux' own: one call tells of all sockets that are ready, however many are not.</summary>
/// <remarks>.NET's sockets sit on the same call, but try each read twice and hop through a queue; the load tool would cost more than the servers it measures.</remarks>
internal sealed partial class EpollPoller : Poller
{
    private const int Capacity = 512;
    private const uint In = 0x001;
    private const uint Out = 0x004;
    private const uint Broken = 0x018; // EPOLLERR, EPOLLHUP
    private const int OpAdd = 1;
    private const int OpRemove = 2;
    private const int OpChange = 3;
    private const int CloseOnExec = 0x80000;
    private const int Interrupted = 4;

    // struct epoll_event is packed on x86 alone: the 8 bytes of data follow the 4 bytes of events at once.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 4 : 8;
    private static readonly int EventLength = DataOffset + sizeof(ulong);

    private readonly byte[] events = GC.AllocateArray<byte>(Capacity * 16, pinned: true);
    private readonly int descriptor = Check(Create(CloseOnExec));
    private bool coarse;

    public override void Add(Socket socket, int token) => Control(OpAdd, socket, token, In);

    public override void Change(Socket socket, int token, bool read, bool write) => Control(OpChange, socket, token, (read ? In : 0) | (write ? Out : 0));

    public override void Remove(Socket socket, int token) => Control(OpRemove, socket, token, 0);

    public override unsafe int Wait(TimeSpan limit, Span<Readiness> ready)
    {
        int count;
        fixed (byte* first = events)
        {
            count = Wait(first, Math.Min(Capacity, ready.Length), limit);
        }

        if (count < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            return error == Interrupted ? 0 : throw new Win32Exception(error);
        }

        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> at = events.AsSpan(i * EventLength, EventLength);
            uint told = MemoryMarshal.Read<uint>(at);
            ready[i] = new Readiness((int)MemoryMarshal.Read<ulong>(at[DataOffset..]), (told & (In | Broken)) != 0, (told & Out) != 0);
        }

        return count;
    }

    public override void Dispose() => _ = Close(descriptor);

    private unsafe int Wait(byte* first, int capacity, TimeSpan limit)
    {
        if (!coarse)
        {
            try
            {
                long* time = stackalloc long[2];
                time[0] = limit.Ticks / TimeSpan.TicksPerSecond;
                time[1] = limit.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick;
                return WaitNanoseconds(descriptor, first, capacity, time, null);
            }
            catch (EntryPointNotFoundException)
            {
                coarse = true; // a C library from before 2021: whole milliseconds must do
            }
        }

        return WaitMilliseconds(descriptor, first, capacity, (int)Math.Ceiling(limit.TotalMilliseconds));
    }

    private unsafe void Control(int operation, Socket socket, int token, uint told)
    {
        byte* at = stackalloc byte[16];
        *(uint*)at = told;
        *(ulong*)(at + DataOffset) = (uint)token;
        Check(Control(descriptor, operation, (int)socket.Handle, at));
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static unsafe partial int Control(int descriptor, int operation, int socket, byte* told);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static unsafe partial int WaitMilliseconds(int descriptor, byte* events, int capacity, int milliseconds);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    private static unsafe partial int WaitNanoseconds(int descriptor, byte* events, int capacity, long* time, void* signals);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
