namespace RSocketIm.Tests.TestKit;

/// <summary>Cuts what is read at given positions of the byte stream, or after every byte: as a network may.</summary>
/// <param name="inner">What is read and written.</param>
/// <param name="cuts">Positions in the bytes read, ascending; null cuts after every byte.</param>
internal sealed class ChoppingStream(Stream inner, params int[]? cuts) : Stream
{
    private long position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => position; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        long cut = cuts is null ? position + 1 : cuts.FirstOrDefault(one => one > position, int.MaxValue);
        int count = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, cut - position)], cancellationToken);
        position += count;
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
}
