using System.CommandLine;
using RSocketIm.LoadTest.Works;

namespace RSocketIm.LoadTest;

/// <summary><c>echo</c>: request-response; fails when an answer is missing, comes twice or was not asked for.</summary>
internal static class EchoCommand
{
    public static Command Create()
    {
        var connections = new Option<int[]>("--connections") { Description = "Connections; several numbers are measured one after the other.", DefaultValueFactory = _ => [16], AllowMultipleArgumentsPerToken = true };
        var inFlight = new Option<int>("--in-flight") { Description = "Requests of one connection that wait for their answer, 1..4096.", DefaultValueFactory = _ => 32 };
        var bytes = new Option<int>("--bytes") { Description = "Bytes of a request and its answer, from 16 on.", DefaultValueFactory = _ => 32 };
        WorkOptions options = new();
        Command command = new("echo", "Requests and their answers: how many a second, what they cost, how long they take.") { connections, inFlight, bytes };
        options.AddTo(command);
        command.SetAction((parsed, stopping) => options.RunAsync(
            parsed,
            $"request and answer, {parsed.GetValue(inFlight)} in flight on each connection, {parsed.GetValue(bytes)} bytes",
            parsed.GetValue(connections)!,
            (count, peer, time, token) => new EchoWork(count, parsed.GetValue(inFlight), parsed.GetValue(bytes)).RunAsync(peer, time, token),
            stopping));
        return command;
    }
}
