using System.Net;
using System.Text;
using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Doors;

/// <summary>A reader that asks once, and is sent everything from then on: RSocket, plain WebSocket, Server-Sent Events, MQTT.</summary>
/// <param name="address">Where; a WebSocket is upgraded first.</param>
/// <param name="request">What it says.</param>
/// <param name="taken">What comes when the server has taken it up; empty: nothing.</param>
/// <param name="subprotocol">Of the WebSocket.</param>
internal sealed class PushedReader(Uri address, byte[] request, string taken, string? subprotocol = null) : DoorReader
{
    public override async Task OpenAsync()
    {
        await Socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(address.Host), address.Port)).ConfigureAwait(false);
        if (address.Scheme == "ws")
        {
            WebSocketUpgrade.Ask(Socket, address, subprotocol);
        }

        await Socket.SendAsync(request).ConfigureAwait(false);
        StringBuilder came = new();
        while (!came.ToString().Contains(taken, StringComparison.Ordinal))
        {
            came.Append(Encoding.Latin1.GetString((await ReceiveAsync().ConfigureAwait(false)).Span));
        }
    }

    public override async Task ReadAsync()
    {
        while (true)
        {
            await ReceiveAsync().ConfigureAwait(false);
        }
    }
}
