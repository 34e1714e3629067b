namespace RSocketIm.LoadTest.Peers;

/// <summary>Takes the numbered texts that a peer sends, as echo or as delivery.</summary>
internal interface ITextReceiver
{
    void OnText(PeerConnection connection, int number);
}
