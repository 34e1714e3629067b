using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RSocketIm.LoadTest.Doors;
using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Servers;

namespace RSocketIm.LoadTest;

/// <summary><c>doors</c>: what a message costs at each door, for docs/choosing-a-transport.md.</summary>
internal static class DoorsCommand
{
    private const string Room = "doors";

    public static Command Create()
    {
        var readers = new Option<int>("--readers") { Description = "Readers at a door.", DefaultValueFactory = _ => 50 };
        var messages = new Option<int>("--messages") { Description = "Messages, one after the other.", DefaultValueFactory = _ => 4_000 };
        var bytes = new Option<int>("--bytes") { Description = "Bytes of a message's text.", DefaultValueFactory = _ => 100 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; every round measures all doors.", DefaultValueFactory = _ => 3 };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text." };
        var command = new Command("doors", "Bytes and the server's processor time for each message at each door, in one run.") { readers, messages, bytes, rounds, json };
        command.SetAction(async parsed =>
        {
            List<DoorCost> costs = await RunAsync(
                parsed.GetValue(readers), parsed.GetValue(messages), parsed.GetValue(bytes), parsed.GetValue(rounds)).ConfigureAwait(false);
            Report(costs, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static async Task<List<DoorCost>> RunAsync(int readers, int messages, int bytes, int rounds)
    {
        string directory = Directory.CreateTempSubdirectory("rsocketim-doors-").FullName;
        List<DoorCost> costs = [];
        await using (ServerUnderLoad server = await ServerUnderLoad.StartAsync(directory).ConfigureAwait(false))
        {
            await using LoadClient writer = await LoadClient.ConnectAsync(server.Tcp, "writer").ConfigureAwait(false);
            await writer.EnterAsync(Room).ConfigureAwait(false);
            DoorOpener opener = new(server, Room, () => writer.HeadAsync(Room));
            string text = DoorReader.Mark + new string('x', Math.Max(0, bytes - DoorReader.Mark.Length));
            int sent = 0;
            for (int round = 0; round <= rounds; round++)
            {
                // Nobody reads: what a message costs by itself. It also leaves a newest entry behind that readers know.
                TimeSpan alone = await MeasureAsync([]).ConfigureAwait(false);
                foreach ((string door, Func<Task<DoorReader>> open) in opener.Doors)
                {
                    List<DoorReader> opened = [];
                    for (int i = 0; i < readers; i++)
                    {
                        opened.Add(await open().ConfigureAwait(false));
                        await opened[i].OpenAsync().ConfigureAwait(false);
                    }

                    TimeSpan taken = await MeasureAsync(opened).ConfigureAwait(false);
                    double deliveries = (double)messages * readers;
                    if (round > 0) // in the first one both processes compile what they run often
                    {
                        costs.Add(new DoorCost(door, opened.Sum(static reader => reader.Bytes) / deliveries, (taken - alone).TotalMicroseconds / deliveries));
                    }

                    opened.ForEach(static reader => reader.Dispose());
                }
            }

            async Task<TimeSpan> MeasureAsync(List<DoorReader> opened)
            {
                opened.ForEach(static reader => reader.Reset());
                Task[] reading = [.. opened.Select(static reader => reader.ReadAsync())];
                TimeSpan before = ProcessUsage.CpuTime(server.ProcessId);
                await SendAsync(messages).ConfigureAwait(false);
                await ReachAsync(messages).ConfigureAwait(false);
                return ProcessUsage.CpuTime(server.ProcessId) - before;

                async Task ReachAsync(long goal)
                {
                    while (opened.Exists(reader => reader.Messages < goal))
                    {
                        if (Array.Find(reading, static task => task.IsFaulted) is { } failed)
                        {
                            await failed.ConfigureAwait(false);
                        }

                        await Task.Delay(5).ConfigureAwait(false);
                    }
                }
            }

            async Task SendAsync(int count)
            {
                for (int i = 0; i < count; i++)
                {
                    await writer.SendAsync(Room, $"m{sent++}", text).ConfigureAwait(false);
                }
            }
        }

        Directory.Delete(directory, recursive: true);
        return costs;
    }

    private static void Report(List<DoorCost> costs, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(costs, JsonSerializerOptions.Web));
            return;
        }

        Console.WriteLine("for each message at one reader: bytes; server processor time in µs, min - median - max");
        foreach (IGrouping<string, DoorCost> door in costs.GroupBy(static cost => cost.Door))
        {
            double[] times = [.. door.Select(static cost => cost.Processor).Order()];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{door.Key,-22} {door.Average(static cost => cost.Bytes),7:F0} {times[0],8:F1} - {times[times.Length / 2]:F1} - {times[^1]:F1}"));
        }
    }
}
