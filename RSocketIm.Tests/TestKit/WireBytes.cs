namespace RSocketIm.Tests.TestKit;

/// <summary>The bytes of one value, as they are: values that no writer would write.</summary>
/// <param name="MessagePack">In MessagePack; null where the value has no form in it.</param>
/// <param name="Json">In JSON; null where the value has no form in it.</param>
internal sealed record WireBytes(byte[]? MessagePack, byte[]? Json);
