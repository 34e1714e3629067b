using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary><c>messages.search</c>: what the store finds, less what the caller may not read.</summary>
internal sealed class MessageSearch(RoomDirectory directory, IMessageSearch store, ILogger<MessageSearch> log)
{
    /// <summary>Finds messages, newest first, in one room or in all that the user may read.</summary>
    /// <param name="user">Who asks.</param>
    /// <param name="request">What for, as its format lets it through.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="RSocketException"><c>not_found</c> or <c>forbidden</c> for a room that is named, or <c>unavailable</c> when the store fails.</exception>
    public async ValueTask<SearchPage> FindAsync(string user, SearchRequest request, CancellationToken cancellationToken)
    {
        if (request.Room is { } id)
        {
            Room room = directory.RequireVisible(id, user);
            Rights.RequireRead(room.Record, room.FindMember(user));
        }

        FoundMessages found;
        try
        {
            found = await store.SearchAsync(request.Query, request.Room, MayRead, (int)request.Limit, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not (OperationCanceledException or RSocketException))
        {
            log.SearchFailed(error);
            throw ContractError.Unavailable.ToException("The messages cannot be searched at the moment; try again.", error);
        }

        return new SearchPage
        {
            Hits = [.. found.Messages.Select(static hit => new SearchHit { Room = hit.Room, Seq = hit.Seq, At = hit.At, From = hit.From, Text = hit.Text })],
            More = found.More,
        };

        bool MayRead(string room) => directory.Find(room) is { } known && Rights.CanRead(known.Record.Kind, known.FindMember(user));
    }
}
