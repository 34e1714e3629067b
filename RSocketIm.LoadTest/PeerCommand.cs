using System.CommandLine;
using RSocketIm.LoadTest.Peers.Hosted;

namespace RSocketIm.LoadTest;

/// <summary><c>peer</c>: hidden; what <c>compare</c> starts as the peers that are written in C#.</summary>
internal static class PeerCommand
{
    public static Command Create()
    {
        Command command = new("peer", "Serves the peers that are written in C#, until its input ends.") { Hidden = true };
        command.SetAction(async (_, _) =>
        {
            await PeerHost.ServeAsync().ConfigureAwait(false);
            return 0;
        });
        return command;
    }
}
