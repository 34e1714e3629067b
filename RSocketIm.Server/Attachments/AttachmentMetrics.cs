using System.Diagnostics.Metrics;
using RSocketIm.Server.Diagnostics;

namespace RSocketIm.Server.Attachments;

/// <summary>What happens to uploads: meter <c>RSocketIm.Attachments</c>.</summary>
internal sealed class AttachmentMetrics : IDisposable
{
    private readonly Meter meter;
    private readonly LimitMetrics? limits;
    private readonly Counter<long> kept;
    private readonly Counter<long> overQuota;

    /// <param name="meters">Where meters come from; null for a meter of its own.</param>
    /// <param name="limits">Counts what found a bound; null: nobody does.</param>
    public AttachmentMetrics(IMeterFactory? meters = null, LimitMetrics? limits = null)
    {
        this.limits = limits;
        meter = meters?.Create("RSocketIm.Attachments") ?? new Meter("RSocketIm.Attachments");
        kept = meter.CreateCounter<long>("rsocketim.attachments.kept", description: "Uploads that were kept.");
        overQuota = meter.CreateCounter<long>("rsocketim.attachments.over_quota", description: "Uploads that were refused because their room has all the bytes of attachments it may have.");
    }

    public void Kept() => kept.Add(1);

    public void RoomWasFull()
    {
        overQuota.Add(1);
        limits?.Hit(ServerLimit.AttachmentBytesPerRoom);
    }

    public void FileWasTooLarge() => limits?.Hit(ServerLimit.AttachmentBytes);

    public void TooManyUploads() => limits?.Hit(ServerLimit.OpenUploads);

    /// <inheritdoc />
    public void Dispose() => meter.Dispose();
}
