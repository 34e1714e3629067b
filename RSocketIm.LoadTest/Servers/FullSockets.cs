using System.Globalization;

namespace RSocketIm.LoadTest.Servers;

/// <summary>Which connections the server can write no more to, as the system's table of sockets tells.</summary>
internal static class FullSockets
{
    private static readonly string[] Tables = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary>Counts connections from a port to one of these ports whose bytes wait to be taken.</summary>
    /// <param name="serverPort">The server's port on this machine.</param>
    /// <param name="clientPorts">The ports on the other side.</param>
    /// <returns>Null where the system has no such table.</returns>
    public static int? Count(int serverPort, IReadOnlySet<int> clientPorts)
    {
        string[] tables = [.. Tables.Where(File.Exists)];
        return tables.Length == 0 ? null : tables.SelectMany(File.ReadLines).Count(line =>
        {
            // sl  local_address rem_address  st tx_queue:rx_queue …, in hex.
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > 4 && Port(fields[1]) == serverPort && clientPorts.Contains(Port(fields[2]))
                && int.TryParse(fields[4].Split(':')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int waiting) && waiting > 0;
        });
    }

    private static int Port(string address) =>
        int.TryParse(address.AsSpan(address.LastIndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int port) ? port : -1;
}
