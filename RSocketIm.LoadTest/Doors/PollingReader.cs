using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace RSocketIm.LoadTest.Doors;

/// <summary>A reader that asks for a page after the other on one connection.</summary>
/// <param name="address">The server.</param>
/// <param name="room">The room.</param>
/// <param name="token">Who reads.</param>
/// <param name="wait">How long each answer may wait, in seconds.</param>
/// <param name="pause">Between two requests.</param>
internal sealed partial class PollingReader(Uri address, string room, string token, int wait, TimeSpan pause) : DoorReader
{
    private long last;

    public override async Task OpenAsync()
    {
        await Socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(address.Host), address.Port)).ConfigureAwait(false);
        last = long.Parse(Head().Match(await AskAsync("limit=1").ConfigureAwait(false)).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
    }

    public override async Task ReadAsync()
    {
        while (true)
        {
            string page = await AskAsync(string.Create(CultureInfo.InvariantCulture, $"after={last}&limit=500&wait={wait}")).ConfigureAwait(false);
            foreach (Match seq in Seq().Matches(page))
            {
                last = long.Parse(seq.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            }

            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause).ConfigureAwait(false);
            }
        }
    }

    private async Task<string> AskAsync(string query)
    {
        await Socket.SendAsync(Encoding.ASCII.GetBytes($"GET /api/rooms/{room}/events?{query} HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {token}\r\n\r\n")).ConfigureAwait(false);
        StringBuilder answer = new();
        do
        {
            answer.Append(Encoding.UTF8.GetString((await ReceiveAsync().ConfigureAwait(false)).Span));
        }
        while (!EndsWith(answer, "\r\n0\r\n\r\n")); // the last chunk
        return answer.ToString();
    }

    private static bool EndsWith(StringBuilder text, string end)
    {
        for (int i = 1; i <= end.Length; i++)
        {
            if (text.Length < i || text[^i] != end[^i])
            {
                return false;
            }
        }

        return true;
    }

    [GeneratedRegex("\"head\":(\\d+)")]
    private static partial Regex Head();

    [GeneratedRegex("\"seq\":(\\d+)")]
    private static partial Regex Seq();
}
