using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Attachments;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Routing;

/// <summary><c>attachments.</c></summary>
internal sealed class AttachmentRoutes(AttachmentDesk desk) : IRouteFamily
{
    public void Add(RouteTableBuilder routes)
    {
        routes["attachments.upload"].Channel = (call, incoming) =>
            desk.Upload(call.Caller.User, call.Read(UploadRequest.Format), call.Caller.Format, incoming);
        routes["attachments.download"].Stream = call =>
            PayloadSources.From(desk.DownloadAsync(call.Caller.User, call.Read(DownloadRequest.Format), call.Stream.Cancelled));
    }
}
