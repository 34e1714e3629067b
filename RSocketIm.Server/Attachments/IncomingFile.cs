using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace RSocketIm.Server.Attachments;

/// <summary>A file that is coming in: written from the front, hashed on the way, deleted on disposal unless it has been given its name.</summary>
/// <remarks>Used by one at a time.</remarks>
internal sealed class IncomingFile(string path) : IDisposable
{
    private readonly SafeFileHandle handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous);
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Where it is.</summary>
    public string Path => path;

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Writes the next bytes.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        await RandomAccess.WriteAsync(handle, bytes, Length).ConfigureAwait(false);
        hash.AppendData(bytes.Span);
        Length += bytes.Length;
    }

    /// <summary>Waits until the disk has everything, and says what it is.</summary>
    /// <returns>SHA-256 in lower-case hexadecimal.</returns>
    public string Finish()
    {
        RandomAccess.FlushToDisk(handle);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc />
    public void Dispose()
    {
        handle.Dispose();
        hash.Dispose();

        // Adopted, it has another name by now, and there is nothing to delete.
        File.Delete(path);
    }
}
