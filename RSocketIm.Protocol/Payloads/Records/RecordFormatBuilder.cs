namespace RSocketIm.Protocol.Payloads.Records;

/// <summary>Lists the fields of a record; the list is all there is to reading and writing it in both formats.</summary>
/// <typeparam name="T">The record: a class whose properties the fields set.</typeparam>
/// <example><code>
/// new RecordFormatBuilder&lt;RoomJoin&gt;(static () => new RoomJoin())
///     .Required("room", FieldTypes.Text(1, 64), static r => r.Room, static (r, v) => r.Room = v)
///     .Build();
/// </code></example>
/// <remarks>Fields are written in the order of the list.</remarks>
public sealed class RecordFormatBuilder<T>
    where T : class
{
    private readonly Func<T> create;
    private readonly List<RecordField<T>> fields = [];

    /// <summary>Starts the list.</summary>
    /// <param name="create">Makes a record whose properties have their defaults.</param>
    public RecordFormatBuilder(Func<T> create) => this.create = create;

    /// <summary>A field that must be there, and is always written.</summary>
    /// <typeparam name="TValue">The type of its value.</typeparam>
    /// <param name="name">Its key.</param>
    /// <param name="type">What it may hold.</param>
    /// <param name="get">Gets the value from a record.</param>
    /// <param name="set">Puts the value into a record.</param>
    public RecordFormatBuilder<T> Required<TValue>(string name, FieldType<TValue> type, Func<T, TValue> get, Action<T, TValue> set) =>
        Add(new RecordField<T, TValue>(name, isRequired: true, allowsNil: false, type, null, get, set));

    /// <summary>A field that may be missing or nil, then the record keeps the value it was made with; it is always written.</summary>
    /// <typeparam name="TValue">The type of its value.</typeparam>
    /// <param name="name">Its key.</param>
    /// <param name="type">What it may hold.</param>
    /// <param name="get">Gets the value from a record.</param>
    /// <param name="set">Puts the value into a record.</param>
    public RecordFormatBuilder<T> WithDefault<TValue>(string name, FieldType<TValue> type, Func<T, TValue> get, Action<T, TValue> set) =>
        Add(new RecordField<T, TValue>(name, isRequired: false, allowsNil: true, type, null, get, set));

    /// <summary>A field that may be missing or nil; null in the record is not written.</summary>
    /// <typeparam name="TValue">The type of its value.</typeparam>
    /// <param name="name">Its key.</param>
    /// <param name="type">What it may hold.</param>
    /// <param name="get">Gets the value from a record, or null.</param>
    /// <param name="set">Puts the value into a record.</param>
    public RecordFormatBuilder<T> Optional<TValue>(string name, FieldType<TValue> type, Func<T, TValue?> get, Action<T, TValue> set)
        where TValue : class =>
        Add(new RecordField<T, TValue>(name, isRequired: false, allowsNil: true, type, record => get(record) is not null, record => get(record)!, set));

    /// <summary>A field that may be missing or nil; null in the record is not written.</summary>
    /// <typeparam name="TValue">The type of its value.</typeparam>
    /// <param name="name">Its key.</param>
    /// <param name="type">What it may hold.</param>
    /// <param name="get">Gets the value from a record, or null.</param>
    /// <param name="set">Puts the value into a record.</param>
    public RecordFormatBuilder<T> Optional<TValue>(string name, FieldType<TValue> type, Func<T, TValue?> get, Action<T, TValue> set)
        where TValue : struct =>
        Add(new RecordField<T, TValue>(name, isRequired: false, allowsNil: true, type, record => get(record).HasValue, record => get(record)!.Value, set));

    /// <summary>Ends the list.</summary>
    public RecordFormat<T> Build() => new(create, [.. fields]);

    private RecordFormatBuilder<T> Add(RecordField<T> field)
    {
        if (fields.Count == RecordFormat<T>.MaxFields || fields.Exists(other => other.Name == field.Name))
        {
            throw new InvalidOperationException($"Field {field.Name} is in the list already, or the list has {RecordFormat<T>.MaxFields} fields.");
        }

        fields.Add(field);
        return this;
    }
}
