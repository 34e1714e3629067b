using System.CommandLine;
using System.Globalization;
using RSocketIm.LoadTest.Peers;
using RSocketIm.LoadTest.Works;

namespace RSocketIm.LoadTest;

/// <summary><c>fanout</c>: one room, many subscribers; fails when a delivery is missing, comes twice or out of order.</summary>
internal static class FanoutCommand
{
    public static Command Create()
    {
        var subscribers = new Option<int[]>("--subscribers") { Description = "Subscribers; several numbers are measured one after the other.", DefaultValueFactory = _ => [1_000], AllowMultipleArgumentsPerToken = true };
        var inFlight = new Option<int>("--in-flight") { Description = "Messages on the way: the next is sent when all subscribers have the oldest.", DefaultValueFactory = _ => 256 };
        var rate = new Option<double>("--rate") { Description = "Messages a second instead, whatever has arrived; times count from when each was due.", DefaultValueFactory = _ => 0 };
        var bytes = new Option<int>("--bytes") { Description = "Bytes of a message's text, from 16 on.", DefaultValueFactory = _ => 64 };
        var inbox = new Option<bool>("--inbox") { Description = "Subscribers are members and read the stream of all their rooms, as pages do." };
        WorkOptions options = new();
        Command command = new("fanout", "One publisher whose messages are durable, many subscribers who grant credit: deliveries a second, their cost and times.") { subscribers, inFlight, rate, bytes, inbox };
        options.AddTo(command);
        command.SetAction((parsed, stopping) =>
        {
            string pace = parsed.GetValue(rate) > 0
                ? string.Create(CultureInfo.InvariantCulture, $"{parsed.GetValue(rate)} messages a second")
                : $"{parsed.GetValue(inFlight)} on the way";
            Action<PeerConnection, string> join = parsed.GetValue(inbox)
                ? static (connection, room) => ((RSocketImConnection)connection).JoinInbox(room)
                : static (connection, room) => connection.Join(room);
            return options.RunAsync(
                parsed,
                $"one publisher, texts of {parsed.GetValue(bytes)} bytes, {pace}",
                parsed.GetValue(subscribers)!,
                (count, peer, time, token) => new FanoutWork(count, parsed.GetValue(bytes), parsed.GetValue(inFlight), parsed.GetValue(rate)) { Join = join }.RunAsync(peer, time, token),
                stopping);
        });
        return command;
    }
}
