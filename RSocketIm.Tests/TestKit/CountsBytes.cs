namespace RSocketIm.Tests.TestKit;

/// <summary>Tests that count the bytes of the whole process: they run after the others and one by one, or they would count what those hold and let go.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CountsBytes
{
    public const string Name = "counts bytes";
}
