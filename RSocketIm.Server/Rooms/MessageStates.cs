using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>The messages that edits, deletes and reactions were about lately. Used by the commit loop alone, hence no lock.</summary>
/// <remarks>
/// A message that everybody reacts to is read from the store once and not once a reaction, with all the reactions before
/// it. Commands change a state as they stage their entries, so after a commit that failed nothing in here may be believed.
/// </remarks>
internal sealed class MessageStates(IRoomStore store)
{
    // Some thousand messages with some reactions each; the rest is read again.
    private const long MaxBytes = 8 << 20;

    private readonly Dictionary<(string Room, long Seq), MessageState> states = [];
    private long bytes;

    /// <summary>Makes room; between turns only, for commands of one turn must see the same state.</summary>
    public void Trim()
    {
        if (bytes > MaxBytes)
        {
            Clear();
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        states.Clear();
        bytes = 0;
    }

    /// <summary>The state of a message that is known here, or null.</summary>
    public MessageState? Find(string room, long seq) => states.GetValueOrDefault((room, seq));

    /// <summary>Keeps the state of a message that a command met first.</summary>
    /// <param name="content">The message.</param>
    public MessageState Add(RoomEvent content) => Add(new MessageState(content));

    /// <summary>Has a state take in an entry that a command has staged.</summary>
    public void Apply(MessageState state, RoomEvent change)
    {
        bytes -= state.Cost;
        state.Apply(change);
        bytes += state.Cost;
    }

    /// <summary>Reads a message and what has been done to it, unless it is known.</summary>
    /// <param name="room">The room.</param>
    /// <param name="seq">The entry, 1..the room's head; nothing is read when it is no message.</param>
    public async ValueTask LoadAsync(Room room, long seq)
    {
        if (states.ContainsKey((room.Id, seq)))
        {
            return;
        }

        LogEntry? entry = room.Tail.Find(seq) ?? await ReadAsync(room, seq).ConfigureAwait(false);
        if (entry is not { Kind: EntryKind.Message or EntryKind.Redacted })
        {
            return;
        }

        MessageState state = new(entry.Decode());
        foreach (LogEntry change in await store.ReadTargetingAsync(room.Id, seq, seq, CancellationToken.None).ConfigureAwait(false))
        {
            state.Apply(change.Decode());
        }

        Add(state);
    }

    private async ValueTask<LogEntry?> ReadAsync(Room room, long seq)
    {
        try
        {
            return (await store.ReadAfterAsync(room.Id, seq - 1, new BlockLimit(1, 1), CancellationToken.None).ConfigureAwait(false)).Find(seq);
        }
        catch (EntriesRemovedException)
        {
            // Nothing can be done to what is not retained.
            return null;
        }
    }

    private MessageState Add(MessageState state)
    {
        states[(state.Content.Room, state.Content.Seq)] = state;
        bytes += state.Cost;
        return state;
    }
}
