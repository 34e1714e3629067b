namespace RSocketIm.Tests.TestKit;

/// <summary>Tests that take nearly all threads of the pool away: they run after the others and one by one, or those would wait for them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class HasThePool
{
    public const string Name = "has the pool";
}
