using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Transports;

[Collection(HasThePool.Name)]
public sealed class TcpAcceptorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public Task ManyWhoComeAtOnce_LeaveThePoolItsTurns() => OneWorker.RunAsync(static () =>
    {
        const int Comers = 100;
        ConcurrentQueue<string> order = new();
        using CountdownEvent all = new(Comers + 1);
        using Socket listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        List<Socket> comers = [];
        for (int i = 0; i < Comers; i++)
        {
            comers.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            comers[i].Connect(listening.LocalEndPoint!); // waits in the system's queue: nobody has accepted it
        }

        TcpAcceptor acceptor = new(listening);
        acceptor.Start(
            accepted =>
            {
                if (order.IsEmpty)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(_ => Done("other"), null);
                }

                accepted.Dispose();
                Done("accepted");
            },
            static error => Assert.Fail(error.Message));

        Assert.True(all.Wait(Patience));
        Assert.InRange(order.TakeWhile(static what => what != "other").Count(), 1, 20);
        Assert.True(acceptor.DisposeAsync().AsTask().Wait(Patience));
        comers.ForEach(static comer => comer.Dispose());

        void Done(string what)
        {
            order.Enqueue(what);
            all.Signal();
        }
    });
}
