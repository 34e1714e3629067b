using System.Security.Cryptography;
using RSocketIm.Server.Attachments;
using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.Attachments;

public sealed class AttachmentVerifierTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("rsocketim-attachments-");
    private readonly byte[] bytes = RandomNumberGenerator.GetBytes(100_000);
    private readonly AttachmentContent content;

    public AttachmentVerifierTests() => content = Keep(bytes, "a1", attachments: 3);

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public void FilesThatAreWhatWasUploaded_AreCountedAndWell()
    {
        AttachmentContent empty = Keep([], "a2", attachments: 1);
        AttachmentReport report = Verify(content, empty);

        Assert.Empty(report.Problems);
        Assert.Empty(report.Notes);
        Assert.Equal((4, 2, 100_000), (report.Attachments, report.Files, report.Bytes));
    }

    [Fact]
    public void AFileThatIsMissing_IsTold()
    {
        File.Delete(PathOf(content));
        Assert.Equal([$"File {content.Hash} is missing (attachment a1 and 2 more)."], Verify(content).Problems);
    }

    [Theory]
    [InlineData(99_999)]
    [InlineData(0)]
    [InlineData(100_001)]
    public void AFileOfAnotherLength_IsTold(int length)
    {
        byte[] other = new byte[length];
        bytes.AsSpan(0, Math.Min(length, bytes.Length)).CopyTo(other);
        File.WriteAllBytes(PathOf(content), other);
        Assert.Equal([$"File {content.Hash} has {length} bytes instead of 100000 (attachment a1 and 2 more)."], Verify(content).Problems);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65_536)]
    [InlineData(99_999)]
    public void AFileWithOneOtherBit_IsTold(int place)
    {
        bytes[place] ^= 0x10;
        File.WriteAllBytes(PathOf(content), bytes);
        string found = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Assert.Equal([$"File {content.Hash} is not what was uploaded: its hash is {found} (attachment a1 and 2 more)."], Verify(content).Problems);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD")]
    public void ARecordWhoseHashIsNone_IsTold_AndNoFileIsLookedFor(string hash)
    {
        AttachmentReport report = Verify(content, new AttachmentContent(hash, 1, 1, "a2"));
        Assert.Equal([$"File {hash} is said to have the hash '{hash}', which is none (attachment a2)."], report.Problems);
        Assert.Equal(1, report.Files);
    }

    [Fact]
    public void RecordsThatDoNotAgreeOnTheLength_AreTold() => Assert.Single(Verify(content, content with { Size = 7, Id = "a2" }).Problems);

    [Fact]
    public void FilesThatNothingRefersTo_AreNotedAndNoDamage()
    {
        AttachmentContent orphan = Keep([1, 2, 3], "none", attachments: 1);
        string incoming = Directory.CreateDirectory(Path.Combine(directory.FullName, AttachmentFiles.Incoming)).FullName;
        File.WriteAllText(Path.Combine(incoming, "half"), "ha");
        AttachmentReport report = Verify(content);

        Assert.Empty(report.Problems);
        Assert.Equal(
            [$"File {orphan.Hash} belongs to no attachment; a server removes it at its next start.", "1 uploads were not finished; a server removes their files at its next start."],
            report.Notes);
        Assert.True(File.Exists(PathOf(orphan)));
    }

    [Fact]
    public void ADirectoryThatIsNotThere_IsWellWhenNothingRefersToIt()
    {
        AttachmentVerifier nowhere = new(Path.Combine(directory.FullName, "nowhere"));
        Assert.Empty(nowhere.Run([]).Problems);
        Assert.Single(nowhere.Run([content]).Problems);
    }

    private AttachmentReport Verify(params AttachmentContent[] contents) => new AttachmentVerifier(directory.FullName).Run(contents);

    private string PathOf(AttachmentContent of) => AttachmentFiles.PathIn(directory.FullName, of.Hash);

    private AttachmentContent Keep(byte[] kept, string id, int attachments)
    {
        AttachmentContent made = new(Convert.ToHexStringLower(SHA256.HashData(kept)), kept.Length, attachments, id);
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(made))!);
        File.WriteAllBytes(PathOf(made), kept);
        return made;
    }
}
