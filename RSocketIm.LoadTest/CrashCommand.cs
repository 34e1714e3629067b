using System.CommandLine;
using System.Text.Json;
using RSocketIm.LoadTest.Durability;

namespace RSocketIm.LoadTest;

/// <summary><c>crash</c>: <c>kill -9</c> under load, and a count of what is there afterwards; fails when anything acknowledged is missing, twice or elsewhere.</summary>
internal static class CrashCommand
{
    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { Description = "How often the server is killed.", DefaultValueFactory = _ => 20 };
        var senders = new Option<int>("--senders") { Description = "Senders, each with a WebSocket.", DefaultValueFactory = _ => 64 };
        var rooms = new Option<int>("--rooms") { Description = "Rooms they share.", DefaultValueFactory = _ => 8 };
        var inFlight = new Option<int>("--in-flight") { Description = "Sends of one sender that wait for their answer.", DefaultValueFactory = _ => 4 };
        var seed = new Option<int>("--seed") { Description = "Of the moments to kill at; random when not given.", DefaultValueFactory = _ => Environment.TickCount };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text." };
        var command = new Command("crash", "Kills the server under load and checks that all it acknowledged is there once.") { rounds, senders, rooms, inFlight, seed, json };
        command.SetAction(parsed => RunAsync(
            new CrashRun(parsed.GetValue(rounds), parsed.GetValue(senders), parsed.GetValue(rooms), parsed.GetValue(inFlight), parsed.GetValue(seed))
            {
                Progress = parsed.GetValue(json) ? static _ => { } : Console.WriteLine,
            },
            parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(CrashRun run, bool json)
    {
        CrashReport report = await run.RunAsync().ConfigureAwait(false);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
        }
        else
        {
            foreach (string violation in report.Violations)
            {
                Console.WriteLine(violation);
            }

            Console.WriteLine($"{report.Rounds} rounds, seed {report.Seed}: {report.Acknowledged} messages acknowledged, {report.Violations.Count} violations.");
        }

        return report.Violations.Count == 0 ? 0 : 1;
    }
}
