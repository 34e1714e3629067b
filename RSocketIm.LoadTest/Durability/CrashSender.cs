using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Durability;

/// <summary>Sends messages 0, 1, 2 … to one room, a few at a time, and remembers what was acknowledged. What a crash left unanswered it sends again under the same id.</summary>
internal sealed class CrashSender(int number, string room, int inFlight)
{
    private readonly List<long> acknowledged = []; // the seq of message k, in the order of k

    public string User { get; } = $"sender{number}";

    public string Room => room;

    /// <summary>Seqs of the messages that were acknowledged: message k's is at k.</summary>
    public IReadOnlyList<long> Acknowledged => acknowledged;

    /// <summary>Sends that the server knew from before.</summary>
    public long Duplicates { get; private set; }

    /// <summary>What the sender itself saw that must not be.</summary>
    public List<string> Violations { get; } = [];

    public static string IdOf(long message) => $"m{message}";

    /// <summary>What message k says; each says something else, so that one in another's place shows.</summary>
    public static string TextOf(string user, long message) => $"message {message} of {user}";

    /// <summary>Sends until the connection is lost.</summary>
    /// <param name="address">Where the server is.</param>
    /// <param name="sent">Told of every acknowledgement.</param>
    public async Task SendUntilCrashAsync(string address, Action sent)
    {
        try
        {
            await using LoadClient client = await LoadClient.ConnectAsync(address, User).ConfigureAwait(false);
            await client.EnterAsync(room).ConfigureAwait(false);
            Queue<Task<Payload>> pending = new();
            long next = acknowledged.Count;
            while (true)
            {
                while (pending.Count < inFlight)
                {
                    pending.Enqueue(client.SendAsync(room, IdOf(next), TextOf(User, next)).AsTask());
                    next++;
                }

                // In the order they were sent: a gap in the acknowledged ones would be filled by a retry.
                Acknowledge(await pending.Dequeue().ConfigureAwait(false));
                sent();
            }
        }
        catch (Exception error) when (error is RSocketException or IOException or TimeoutException)
        {
            // The server was killed, before or after it had committed what is pending.
        }
    }

    private void Acknowledge(Payload answer)
    {
        MessageSent sent = MessageSent.Format.Read(DataFormat.MessagePack, answer.Data);
        if (acknowledged.Count > 0 && sent.Seq <= acknowledged[^1])
        {
            Violations.Add($"{User}: message {acknowledged.Count} was acknowledged as {sent.Seq}, the one before as {acknowledged[^1]}.");
        }

        if (sent.Duplicate)
        {
            Duplicates++;
        }

        acknowledged.Add(sent.Seq);
    }
}
