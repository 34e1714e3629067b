using System.CommandLine;
using System.Text.Json;
using RSocketIm.LoadTest.Backpressure;

namespace RSocketIm.LoadTest;

/// <summary><c>backpressure</c>: holds every frame of many readers to what they granted; fails when one gets too much, too little, or something else.</summary>
internal static class BackpressureCommand
{
    // Caches so small that who was stalled reads from the disk, and that they are full before anything is measured.
    private static readonly string[] SmallCaches = ["--RSocketIm:Limits:TailBytes=1048576", "--RSocketIm:Limits:BlockCacheBytes=1048576"];


    public static Command Create()
    {
        var server = new Option<string?>("--server") { Description = "ws: or tcp: address of a server; without it one is started, whose memory is watched too." };
        var tcp = new Option<bool>("--tcp") { Description = "Over TCP instead of WebSocket, with the server that is started." };
        var subscribers = new Option<int>("--subscribers") { Description = "Feeds.", DefaultValueFactory = _ => 1_000 };
        var rooms = new Option<int>("--rooms") { Description = "Rooms that they share.", DefaultValueFactory = _ => 4 };
        var rate = new Option<int>("--rate") { Description = "Messages a second, over all rooms.", DefaultValueFactory = _ => 200 };
        var bytes = new Option<int>("--bytes") { Description = "Bytes of a message's text.", DefaultValueFactory = _ => 64 };
        var seconds = new Option<double>("--seconds") { Description = "Seconds of each of the five parts.", DefaultValueFactory = _ => 15 };
        var seed = new Option<ulong>("--seed") { Description = "Of the random grants.", DefaultValueFactory = _ => 1 };
        var quick = new Option<bool>("--quick") { Description = "300 feeds, 4 seconds a part: below a minute in all." };
        var file = new Option<string?>("--out") { Description = "Where the report goes as JSON, memory over time included." };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text." };
        var command = new Command("backpressure", "Checks that no reader gets more than it granted, and every reader everything, while others are stalled.")
        {
            server, tcp, subscribers, rooms, rate, bytes, seconds, seed, quick, file, json,
        };
        command.SetAction((parsed, stopping) =>
        {
            bool isQuick = parsed.GetValue(quick);
            BackpressureLoad load = new()
            {
                Subscribers = isQuick ? 300 : parsed.GetValue(subscribers),
                Rooms = parsed.GetValue(rooms),
                Rate = parsed.GetValue(rate),
                Bytes = parsed.GetValue(bytes),
                Part = TimeSpan.FromSeconds(isQuick ? 4 : parsed.GetValue(seconds)),
                Seed = parsed.GetValue(seed),
            };
            return Running.GuardAsync(
                () => RunAsync(load, parsed.GetValue(server), parsed.GetValue(tcp), parsed.GetValue(file), parsed.GetValue(json), stopping), stopping);
        });
        return command;
    }

    private static async Task<int> RunAsync(BackpressureLoad load, string? given, bool tcp, string? file, bool json, CancellationToken stopping)
    {
        BackpressureReport report = given is not null ? await RunAsync(new GivenServer(given), load, json, stopping).ConfigureAwait(false)
            : await Running.WithServerAsync("backpressure", SmallCaches, own => RunAsync(new OwnServer(own, tcp), load, json, stopping)).ConfigureAwait(false);
        string text = JsonSerializer.Serialize(report, JsonSerializerOptions.Web);
        if (file is not null)
        {
            await File.WriteAllTextAsync(file, text, stopping).ConfigureAwait(false);
        }

        if (json)
        {
            Console.WriteLine(text);
        }
        else
        {
            BackpressureTables.Print(report);
        }

        return report.BrokenCount == 0 ? 0 : 1;
    }

    private static Task<BackpressureReport> RunAsync(IBackpressureTarget target, BackpressureLoad load, bool json, CancellationToken stopping)
    {
        BackpressureRun run = new(target, load) { Progress = Running.Progress(json) };
        return run.RunAsync(stopping);
    }
}
