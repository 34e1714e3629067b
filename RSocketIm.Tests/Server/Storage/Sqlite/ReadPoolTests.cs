using System.Collections.Concurrent;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

[Collection(HasThePool.Name)]
public sealed class ReadPoolTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public Task WhatThePoolHasToDo_HasItsTurnBetweenReads() => OneWorker.RunAsync(static () =>
    {
        const int Reads = 50;
        ConcurrentQueue<string> done = new();
        using ManualResetEventSlim started = new();
        using ManualResetEventSlim goOn = new();
        using ReadPool<Connection> pool = new(static () => new Connection(), 1);
        Task reading = ReadAsync(() =>
        {
            started.Set();
            Assert.True(goOn.Wait(Patience));
        });
        Assert.True(started.Wait(Patience));
        Task waiting = Task.WhenAll(Enumerable.Range(0, Reads).Select(_ => ReadAsync(() => done.Enqueue("read"))));
        ThreadPool.UnsafeQueueUserWorkItem(_ => done.Enqueue("other"), null);
        goOn.Set();

        Assert.True(Task.WhenAll(reading, waiting).Wait(Patience));
        Assert.Equal(Reads + 1, done.Count);
        Assert.InRange(done.TakeWhile(static what => what != "other").Count(), 0, 2);

        async Task ReadAsync(Action read) => await pool.RunAsync(
            read,
            static (_, read) =>
            {
                read();
                return true;
            },
            CancellationToken.None);
    });

    private sealed class Connection : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
