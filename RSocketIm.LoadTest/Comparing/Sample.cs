using RSocketIm.LoadTest.Works;

namespace RSocketIm.LoadTest.Comparing;

/// <summary>One server doing one work in one round.</summary>
internal sealed record Sample(string Work, string Peer, int Round, Measurement Measured);
