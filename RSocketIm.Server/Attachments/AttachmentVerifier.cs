using System.Security.Cryptography;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Attachments;

/// <summary>Reads all files of attachments and compares them with what is known of them. Changes nothing.</summary>
/// <param name="directory">The directory of the files; it need not be there.</param>
internal sealed class AttachmentVerifier(string directory)
{
    // Enough to see what is wrong, as for the log.
    private const int MaxSentences = 1000;

    private readonly List<string> problems = [];
    private readonly List<string> notes = [];
    private long files;
    private long bytes;

    /// <summary>Checks every file that attachments refer to, and looks for others.</summary>
    /// <param name="contents">All that they refer to.</param>
    public AttachmentReport Run(IReadOnlyList<AttachmentContent> contents)
    {
        foreach (AttachmentContent content in contents)
        {
            Check(content);
        }

        if (Directory.Exists(directory))
        {
            NoteOrphans([.. contents.Select(static content => content.Hash)]);
        }

        return new AttachmentReport(contents.Sum(static content => content.Attachments), files, bytes, problems, notes);
    }

    private void Check(AttachmentContent content)
    {
        // The hash becomes a path: nothing but a hash may.
        if (content.Hash.Length != 2 * SHA256.HashSizeInBytes || !content.Hash.All(char.IsAsciiHexDigitLower))
        {
            Report(content, $"is said to have the hash '{content.Hash}', which is none");
            return;
        }

        try
        {
            using FileStream file = File.OpenRead(AttachmentFiles.PathIn(directory, content.Hash));
            files++;
            bytes += file.Length;
            if (file.Length != content.Size)
            {
                Report(content, $"has {file.Length} bytes instead of {content.Size}");
                return;
            }

            string found = Convert.ToHexStringLower(SHA256.HashData(file));
            if (found != content.Hash)
            {
                Report(content, $"is not what was uploaded: its hash is {found}");
            }
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            Report(content, "is missing");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Report(content, $"cannot be read: {error.Message}");
        }
    }

    private void NoteOrphans(HashSet<string> known)
    {
        foreach (string hash in AttachmentFiles.HashesIn(directory).Where(hash => !known.Contains(hash)))
        {
            Add(notes, $"File {hash} belongs to no attachment; a server removes it at its next start.");
        }

        string incoming = Path.Combine(directory, AttachmentFiles.Incoming);
        int unfinished = Directory.Exists(incoming) ? Directory.EnumerateFiles(incoming).Count() : 0;
        if (unfinished > 0)
        {
            Add(notes, $"{unfinished} uploads were not finished; a server removes their files at its next start.");
        }
    }

    private void Report(AttachmentContent content, string what) => Add(
        problems, $"File {content.Hash} {what} (attachment {content.Id}{(content.Attachments > 1 ? $" and {content.Attachments - 1} more" : "")}).");

    private static void Add(List<string> sentences, string sentence)
    {
        if (sentences.Count < MaxSentences)
        {
            sentences.Add(sentence);
        }
    }
}
