namespace RSocketIm.Protocol.Frames;

/// <summary>Frame types in the spec's spelling, for messages and dumps that are read beside the spec.</summary>
internal static class FrameTypeNames
{
    extension(FrameType type)
    {
        public string SpecName => type switch
        {
            FrameType.Reserved => "RESERVED",
            FrameType.Setup => "SETUP",
            FrameType.Lease => "LEASE",
            FrameType.KeepAlive => "KEEPALIVE",
            FrameType.RequestResponse => "REQUEST_RESPONSE",
            FrameType.RequestFireAndForget => "REQUEST_FNF",
            FrameType.RequestStream => "REQUEST_STREAM",
            FrameType.RequestChannel => "REQUEST_CHANNEL",
            FrameType.RequestN => "REQUEST_N",
            FrameType.Cancel => "CANCEL",
            FrameType.Payload => "PAYLOAD",
            FrameType.Error => "ERROR",
            FrameType.MetadataPush => "METADATA_PUSH",
            FrameType.Resume => "RESUME",
            FrameType.ResumeOk => "RESUME_OK",
            FrameType.Extension => "EXT",
            _ => $"type 0x{(int)type:X2}",
        };

        /// <summary>Whether the type opens a stream: one of the four REQUEST_* that carry a payload.</summary>
        public bool IsRequest => type is >= FrameType.RequestResponse and <= FrameType.RequestChannel;

        /// <summary>Whether a request of this type carries an initial request n.</summary>
        public bool HasInitialRequestN => type is FrameType.RequestStream or FrameType.RequestChannel;
    }
}
