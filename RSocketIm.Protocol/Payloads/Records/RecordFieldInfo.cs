namespace RSocketIm.Protocol.Payloads.Records;

/// <summary>What a field of a record is, for descriptions of an interface.</summary>
/// <param name="Name">Its key.</param>
/// <param name="IsRequired">Whether it must be there.</param>
/// <param name="Type">The type of its value.</param>
/// <param name="Allowed">What it may hold, as refusals say it.</param>
public sealed record RecordFieldInfo(string Name, bool IsRequired, Type Type, string Allowed);
