using System.Text.Json;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Accounts;

namespace RSocketIm.Tests.TestKit;

/// <summary>The HTTP side of the contract.</summary>
internal static class Http
{
    public static async Task<SignedIn> GuestAsync(HttpClient client, string name)
    {
        using HttpResponseMessage response = await client.PostAsJsonAsync("/api/guest", new { name });
        return SignedIn.Format.Read(DataFormat.Json, await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync());
    }

    /// <summary>The status, the title and the detail of a problem.</summary>
    public static async Task<(int Status, string Title, string Detail)> ProblemAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using JsonDocument problem = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal((int)response.StatusCode, problem.RootElement.GetProperty("status").GetInt32());
        return ((int)response.StatusCode, problem.RootElement.GetProperty("title").GetString()!, problem.RootElement.GetProperty("detail").GetString()!);
    }
}
