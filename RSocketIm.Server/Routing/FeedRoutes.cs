using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Routing;

/// <summary><c>rooms.feed</c>, <c>rooms.session</c> and <c>inbox.feed</c>.</summary>
internal sealed class FeedRoutes(RoomFeeds feeds, InboxFeeds inboxes, SessionDesk desk, RoomDirectory directory, ServerState state) : IRouteFamily
{
    public void Add(RouteTableBuilder routes)
    {
        // When the server stops, the streams end at once: they have no end of their own to wait for.
        state.Draining.UnsafeRegister(static rooms => ((RoomDirectory)rooms!).StopReaders(Refusal.Draining()), directory);
        state.Draining.UnsafeRegister(static open => ((InboxFeeds)open!).StopAll(Refusal.Draining()), inboxes);
        routes.Stream("rooms.feed", FeedRequest.Format, Open);
        routes.Stream("inbox.feed", InboxRequest.Format, (caller, request) =>
        {
            InboxFeed feed = inboxes.Open(caller.User, request, caller.Format);
            if (state.Draining.IsCancellationRequested)
            {
                feed.Stop(Refusal.Draining());
            }

            return feed;
        });
        routes["rooms.session"].Channel = (call, incoming) =>
        {
            FeedRequest request = call.Read(FeedRequest.Format);
            RoomFeed feed = Open(call.Caller, request);
            return new MergedSource(new SessionReplies(desk, call.Caller, request.Room, incoming), feed);
        };
    }

    private RoomFeed Open(Caller caller, FeedRequest request)
    {
        RoomFeed feed = feeds.Open(caller.User, request, caller.Format);
        if (state.Draining.IsCancellationRequested)
        {
            // Opened while the others were being stopped: the sweep may have passed this room already.
            feed.Stop(Refusal.Draining());
        }

        return feed;
    }
}
