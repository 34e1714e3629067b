using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Attachments;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Tests.Server.TestKit;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Attachments;

[Collection(HasThePool.Name)]
public sealed class AttachmentTurnsTests : IDisposable
{
    private const int Chunks = 50;
    private const int ChunkBytes = 1_000;

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("rsocketim-attachments-");
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().AddSingleton<LimitMetrics>().BuildServiceProvider();
    private readonly ChatWorld world = new();

    public void Dispose()
    {
        world.Dispose();
        services.Dispose();
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task WhatThePoolHasToDo_HasItsTurnBetweenTheChunksOfAnUpload()
    {
        await world.CreateAsync("ann", "lobby");
        AttachmentOptions options = new() { Directory = directory.FullName };
        using AttachmentMetrics metrics = new(limits: services.GetRequiredService<LimitMetrics>());
        AttachmentDesk desk = new(world.Directory, world.Store, new AttachmentFiles(options), options, metrics, world.Time, NullLogger<AttachmentDesk>.Instance);
        ConcurrentQueue<string> order = new();
        await OneWorker.RunAsync(() =>
        {
            UploadRequest request = new() { Room = "lobby", Name = "x.bin", Type = "application/octet-stream", Size = Chunks * ChunkBytes };
            FakeStream stream = new(desk.Upload("ann", request, DataFormat.Json, new EagerIncoming(order)));
            stream.Grant(1);
            Assert.True(stream.Ended.Wait(Guard.Patience));
            Assert.Null(stream.Error);
        });

        Assert.Equal(Chunks, order.Count(static what => what == "written"));
        Assert.InRange(order.TakeWhile(static what => what != "other").Count(), 1, 3);
    }

    /// <summary>A network that is faster than any disk: a chunk for each credit, at once.</summary>
    private sealed class EagerIncoming(ConcurrentQueue<string> order) : InboundStream
    {
        private readonly Lock gate = new(); // the first credit may come from another thread than the rest
        private IPayloadReceiver? receiver;
        private int sent;

        public override int StreamId => 1;

        public override void Subscribe(IPayloadReceiver receiver) => this.receiver = receiver;

        public override void Request(int n)
        {
            lock (gate)
            {
                if (sent > 0)
                {
                    order.Enqueue("written");
                    if (order.Count == 1)
                    {
                        ThreadPool.UnsafeQueueUserWorkItem(_ => order.Enqueue("other"), null);
                    }
                }

                for (; n > 0 && sent < Chunks; n--)
                {
                    sent++;
                    receiver!.OnNext(new PayloadView(new Payload(new byte[ChunkBytes])));
                    if (sent == Chunks)
                    {
                        receiver.OnComplete();
                    }
                }
            }
        }

        public override void Cancel()
        {
        }
    }
}
