using System.IO.Pipelines;

namespace RSocketIm.Tests.TestKit;

/// <summary>Two ends of bytes joined in memory. A writer waits when the other side leaves <c>bufferBytes</c> unread: a peer that does not read.</summary>
internal static class DuplexPipes
{
    public static (IDuplexPipe Left, IDuplexPipe Right) Create(int bufferBytes = 65_536)
    {
        var options = new PipeOptions(pauseWriterThreshold: bufferBytes, resumeWriterThreshold: Math.Max(1, bufferBytes / 2), useSynchronizationContext: false);
        var toLeft = new Pipe(options);
        var toRight = new Pipe(options);
        return (new End(toLeft.Reader, toRight.Writer), new End(toRight.Reader, toLeft.Writer));
    }

    private sealed record End(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
