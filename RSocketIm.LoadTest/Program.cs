using System.CommandLine;
using RSocketIm.LoadTest;

var root = new RootCommand("Measures RSocketIm and checks what it claims.")
{
    BackpressureCommand.Create(),
    ReplayCommand.Create(),
    IdleCommand.Create(),
    RoomsCommand.Create(),
    PublishCommand.Create(),
    MixedCommand.Create(),
    MicroCommand.Create(),
    CrashCommand.Create(),
    DurableCommand.Create(),
    DoorsCommand.Create(),
    LaggingCommand.Create(),
    StoreCommand.Create(),
    FuzzCommand.Create(),
    SoakCommand.Create(),
    StormCommand.Create(),
    EchoCommand.Create(),
    FanoutCommand.Create(),
    CompareCommand.Create(),
    PlotCommand.Create(),
    PeerCommand.Create(),
};

return await root.Parse(args).InvokeAsync();
