namespace RSocketIm.Tests.TestKit;

/// <summary>How a route is called.</summary>
public enum Interaction
{
    RequestResponse,
    RequestStream,
    RequestChannel,
    FireAndForget,
}
