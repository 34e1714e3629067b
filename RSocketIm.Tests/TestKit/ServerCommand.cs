using System.Diagnostics;

namespace RSocketIm.Tests.TestKit;

/// <summary>The server's program run for a command instead of serving: <c>verify</c>, <c>backup</c>, <c>renew-epochs</c>.</summary>
internal static class ServerCommand
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>Its exit code, and what it wrote to both outputs.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "RSocketIm.Server.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
