using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Routing;

/// <summary><c>messages.search</c> over a connection, against the real store.</summary>
public sealed class SearchTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Theory]
    [InlineData(DataFormat.MessagePack)]
    [InlineData(DataFormat.Json)]
    public async Task Search_FindsWordsAndCjkSubstrings_InReadableRoomsOnly_NewestFirst(DataFormat format)
    {
        await using ChatClient ann = await server.GuestAsync("ann", format);
        await using ChatClient bob = await server.GuestAsync("bob", format);
        string open = server.Name("open");
        string closed = server.Name("closed");
        await ann.CreateAsync(open);
        await ann.AskAsync("rooms.create", RoomCreate.Format, new RoomCreate { Room = closed, Kind = RoomKinds.Private }, RoomInfo.Format);
        string word = server.Name("walrus");
        MessageSent first = await ann.SendAsync(open, "1", $"the {word} and the carpenter");
        await ann.SendAsync(closed, "2", $"a secret {word}");
        MessageSent last = await ann.SendAsync(open, "3", $"{word} 日本語の文章 \"quoted\" OR *");
        await SettleAsync();

        Assert.Equal([last.Seq, first.Seq], (await FindAsync(bob, word, open)).Hits.Select(hit => hit.Seq));
        Assert.Equal(3, (await FindAsync(ann, word, null)).Hits.Count);
        Assert.Equal(2, (await FindAsync(bob, word, null)).Hits.Count);
        Assert.Equal([last.Seq], (await FindAsync(bob, "本語", open)).Hits.Select(hit => hit.Seq));
        Assert.Equal([last.Seq], (await FindAsync(bob, "\"quoted\" OR *", open)).Hits.Select(hit => hit.Seq));
        SearchPage page = await FindAsync(ann, word, open, limit: 1);
        Assert.Equal((1, true), (page.Hits.Count, page.More));
        RSocketIm.Protocol.RSocketException refused = await Assert.ThrowsAsync<RSocketIm.Protocol.RSocketException>(() => FindAsync(bob, word, closed));
        Assert.Equal((uint)ContractError.NotFound, (uint)refused.Code);
    }

    [Fact]
    public async Task Search_AfterADelete_FindsNothing()
    {
        await using ChatClient ann = await server.GuestAsync("ann");
        string room = server.Name("room");
        await ann.CreateAsync(room);
        string word = server.Name("oyster");
        MessageSent sent = await ann.SendAsync(room, "1", word);
        await SettleAsync();
        Assert.Single((await FindAsync(ann, word, room)).Hits);

        await ann.AskAsync("messages.delete", MessageDelete.Format, new MessageDelete { Room = room, Target = sent.Seq }, EntryResult.Format);
        await SettleAsync();
        Assert.Empty((await FindAsync(ann, word, room)).Hits);
    }

    private static Task<SearchPage> FindAsync(ChatClient client, string query, string? room, int limit = 50) =>
        client.AskAsync("messages.search", SearchRequest.Format, new SearchRequest { Query = query, Room = room, Limit = limit }, SearchPage.Format);

    // The index follows the log a moment behind.
    private Task SettleAsync() => server.Services.GetRequiredService<IStoreAdministration>().SettleAsync();
}
