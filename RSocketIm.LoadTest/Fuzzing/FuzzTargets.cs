using RSocketIm.LoadTest.Fuzzing.Sequences;
using RSocketIm.LoadTest.Fuzzing.Targets;

namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>Everything that is fuzzed, by name.</summary>
internal static class FuzzTargets
{
    private static readonly Dictionary<string, Func<ulong, IFuzzer>> Known = new(StringComparer.Ordinal)
    {
        ["frames"] = static seed => Bytes(new FrameTarget(), seed),
        ["framing"] = static seed => Bytes(new FramingTarget(), seed),
        ["websocket"] = static seed => Bytes(new WebSocketTarget(), seed),
        ["reassembly"] = static seed => Bytes(new ReassemblyTarget(), seed),
        ["metadata"] = static seed => Bytes(new MetadataTarget(), seed),
        ["messagepack"] = static seed => Bytes(new MessagePackTarget(), seed),
        ["records"] = static seed => Bytes(RecordTarget.MessagePack(), seed),
        ["records-json"] = static seed => Bytes(RecordTarget.Json(), seed),
        ["blocks"] = static seed => Bytes(new BlockTarget(), seed),
        ["mqtt"] = static seed => Bytes(new MqttTarget(), seed),
        ["connection"] = static seed => new SequenceFuzzer(seed),
        ["routes"] = static seed => new RouteFuzzer(seed),
    };

    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>A fuzzer of its own for one worker.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="seed">Of its inputs.</param>
    public static IFuzzer Create(string name, ulong seed) => Known[name](seed);

    private static ByteFuzzer Bytes(FuzzTarget target, ulong seed) => new(target, seed, []);
}
