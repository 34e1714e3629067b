using System.Globalization;
using System.Text;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Words for the search index, also of scripts that put no spaces between them. Pure.</summary>
/// <remarks>
/// SQLite's <c>unicode61</c> finds words at spaces, so a Chinese sentence would be one word. Here each character of such a
/// script stands alone, in the index and in the query, and a run of them in a query is a phrase: every substring is
/// found, of one character too (a trigram index needs three). Emoji, and what the tokenizer's old tables do not know, become words of letters.
/// </remarks>
internal static class SearchText
{
    /// <summary>A text as it is indexed.</summary>
    public static string ToIndexed(string text)
    {
        StringBuilder indexed = new(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (StandsAlone(rune))
            {
                indexed.Append(' ');
                if (rune.Value < 0x10000 && Rune.IsLetter(rune))
                {
                    indexed.Append((char)rune.Value);
                }
                else
                {
                    indexed.Append(CultureInfo.InvariantCulture, $"u{rune.Value:x}x");
                }

                indexed.Append(' ');
            }
            else if (rune.Value is >= 0xFF01 and <= 0xFF5E)
            {
                // Full-width Latin is Latin.
                indexed.Append((char)(rune.Value - 0xFEE0));
            }
            else if (Rune.IsControl(rune))
            {
                indexed.Append(' ');
            }
            else
            {
                indexed.Append(rune.ToString());
            }
        }

        return indexed.ToString();
    }

    /// <summary>What people type as an expression of FTS5, in which everything they typed is text.</summary>
    /// <param name="query">Words that must all be there; the last one may be the beginning of a word.</param>
    /// <returns>Null when there is no word in it.</returns>
    public static string? ToExpression(string query)
    {
        StringBuilder expression = new();
        foreach (string chunk in query.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            string indexed = ToIndexed(chunk);
            if (indexed.EnumerateRunes().Any(Rune.IsLetterOrDigit))
            {
                expression.Append(expression.Length == 0 ? "\"" : " AND \"").Append(indexed.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
            }
        }

        if (expression.Length == 0)
        {
            return null;
        }

        // A single letter would begin half of all words.
        Rune[] last = [.. query.TrimEnd().EnumerateRunes().TakeLast(2)];
        return last.Length == 2 && Array.TrueForAll(last, rune => Rune.IsLetterOrDigit(rune) && !StandsAlone(rune))
            ? expression.Append('*').ToString()
            : expression.ToString();
    }

    private static bool StandsAlone(Rune rune) => rune.Value switch
    {
        < 0x0E00 => Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherSymbol,
        <= 0x0EFF => true, // Thai, Lao
        >= 0x1000 and <= 0x109F => true, // Burmese
        >= 0x1100 and <= 0x11FF => true, // Hangul letters
        >= 0x1780 and <= 0x17FF => true, // Khmer
        >= 0x3005 and <= 0x3007 => true, // Marks that stand for a character
        >= 0x3040 and <= 0x31FF => true, // Kana, Bopomofo, Hangul letters
        >= 0x3400 and <= 0x9FFF => true, // Chinese characters
        >= 0xAC00 and <= 0xD7AF => true, // Hangul syllables
        >= 0xF900 and <= 0xFAFF => true,
        >= 0xFF66 and <= 0xFF9D => true, // Half-width Kana
        >= 0x10000 => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherSymbol,
        _ => Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherSymbol,
    };
}
