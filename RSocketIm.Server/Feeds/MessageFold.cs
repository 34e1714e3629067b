using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary>A message as it stands after everything that was done to it. Pure.</summary>
internal static class MessageFold
{
    /// <summary>Applies edits, a delete and reactions.</summary>
    /// <param name="message">The message as it was sent.</param>
    /// <param name="changes">The entries about it, in the order of the log.</param>
    /// <returns>The message with its newest text, or without words when it was deleted.</returns>
    public static RoomEvent Apply(RoomEvent message, IEnumerable<RoomEvent> changes)
    {
        // Emoji in the order in which they were first given, users likewise.
        OrderedDictionary<string, List<string>> reactions = new(StringComparer.Ordinal);
        foreach (RoomEvent change in changes)
        {
            switch (change.Type)
            {
                case RoomEventTypes.Edit:
                    message = message with { Text = change.Text, EditedAt = change.At };
                    break;
                case RoomEventTypes.Delete:
                    // What came after the delete does not matter: nobody can react to words that are gone.
                    return ScrubbedForm.OfMessage(message);
                case RoomEventTypes.Reaction:
                    React(reactions, change);
                    break;
            }
        }

        return reactions.Count == 0
            ? message
            : message with { Reactions = reactions.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<string>)pair.Value, StringComparer.Ordinal) };
    }

    private static void React(OrderedDictionary<string, List<string>> reactions, RoomEvent change)
    {
        if (change is not { Emoji: { } emoji, From: { } from })
        {
            return;
        }

        if (!reactions.TryGetValue(emoji, out List<string>? users))
        {
            if (change.On != true)
            {
                return;
            }

            reactions[emoji] = users = [];
        }

        users.Remove(from);
        if (change.On == true)
        {
            users.Add(from);
        }
        else if (users.Count == 0)
        {
            reactions.Remove(emoji);
        }
    }
}
