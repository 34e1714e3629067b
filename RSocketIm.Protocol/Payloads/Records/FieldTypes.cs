namespace RSocketIm.Protocol.Payloads.Records;

/// <summary>The kinds of value a record's field may hold.</summary>
public static class FieldTypes
{
    /// <summary>2⁵³: whole numbers up to here are exact in every client, JavaScript among them.</summary>
    public const long MaxSafeInteger = 1L << 53;

    /// <summary>True or false.</summary>
    public static FieldType<bool> Boolean { get; } = new BooleanFieldType();

    /// <summary>A finite number of 64 bits.</summary>
    public static FieldType<double> Number { get; } = new DoubleFieldType();

    /// <summary>Any value, kept as the MessagePack it is or, from JSON, becomes; memory of no bytes is written as nil.</summary>
    public static FieldType<ReadOnlyMemory<byte>> Raw { get; } = new RawFieldType();

    /// <summary>A text.</summary>
    /// <param name="minBytes">Fewest bytes as UTF-8, 0 or more.</param>
    /// <param name="maxBytes">Most bytes as UTF-8.</param>
    public static FieldType<string> Text(int minBytes = 0, int maxBytes = int.MaxValue) =>
        new TextFieldType(minBytes, maxBytes, null, (minBytes, maxBytes) switch
        {
            (0, int.MaxValue) => "a text",
            (_, int.MaxValue) => $"a text of at least {minBytes} bytes",
            _ => $"a text of {minBytes} to {maxBytes} bytes",
        });

    /// <summary>A text of a certain form, an id for example.</summary>
    /// <param name="isValid">Whether a text is allowed.</param>
    /// <param name="allowed">What is allowed, to be read after "must be".</param>
    /// <param name="maxBytes">Most bytes as UTF-8; longer texts are refused before they are decoded.</param>
    public static FieldType<string> TextLike(Func<string, bool> isValid, string allowed, int maxBytes) => new TextFieldType(0, maxBytes, isValid, allowed);

    /// <summary>One of a few words.</summary>
    /// <param name="words">The words.</param>
    public static FieldType<string> OneOf(params string[] words) =>
        new TextFieldType(0, words.Max(static word => word.Length) * 3, words.Contains, $"one of {string.Join(", ", words)}");

    /// <summary>A whole number; one that came as a float without fraction is taken as well, up to 2⁵³.</summary>
    /// <param name="min">The least allowed.</param>
    /// <param name="max">The greatest allowed.</param>
    public static FieldType<long> WholeNumber(long min = long.MinValue, long max = long.MaxValue) => new IntegerFieldType(min, max);

    /// <summary>Bytes; in JSON as base64 text.</summary>
    /// <param name="minBytes">Fewest bytes.</param>
    /// <param name="maxBytes">Most bytes.</param>
    public static FieldType<byte[]> Bytes(int minBytes = 0, int maxBytes = int.MaxValue) => new BytesFieldType(minBytes, maxBytes);

    /// <summary>A list of values of one kind.</summary>
    /// <typeparam name="TElement">The type of its elements.</typeparam>
    /// <param name="element">What each element may be.</param>
    /// <param name="maxCount">Most elements.</param>
    public static FieldType<IReadOnlyList<TElement>> ListOf<TElement>(FieldType<TElement> element, int maxCount = int.MaxValue) =>
        new ListFieldType<TElement>(element, maxCount);

    /// <summary>A map from texts to values of one kind; a key may be given once.</summary>
    /// <typeparam name="TElement">The type of its values.</typeparam>
    /// <param name="element">What each value may be.</param>
    /// <param name="maxCount">Most pairs.</param>
    /// <param name="maxKeyBytes">Most bytes of a key as UTF-8.</param>
    public static FieldType<IReadOnlyDictionary<string, TElement>> MapOf<TElement>(
        FieldType<TElement> element, int maxCount = int.MaxValue, int maxKeyBytes = int.MaxValue) => new MapFieldType<TElement>(element, maxCount, maxKeyBytes);

    /// <summary>Another record.</summary>
    /// <typeparam name="TRecord">The type of the record.</typeparam>
    /// <param name="format">Its fields.</param>
    public static FieldType<TRecord> Record<TRecord>(RecordFormat<TRecord> format)
        where TRecord : class => new NestedFieldType<TRecord>(format);
}
