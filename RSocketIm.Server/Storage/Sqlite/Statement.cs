using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>A prepared statement, used over and over on its connection's thread.</summary>
/// <remarks>
/// Beside ADO.NET's commands for two reasons: spans go in and out without an array of their own, and a row of a large
/// batch costs no boxes. Parameters and columns count as SQLite counts them: parameters from 1, columns from 0.
/// </remarks>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 db;
    private readonly sqlite3_stmt handle;

    public Statement(sqlite3 db, string sql)
    {
        this.db = db;
        Require(raw.sqlite3_prepare_v2(db, sql, out handle));
    }

    public Statement Bind(int index, long value)
    {
        Require(raw.sqlite3_bind_int64(handle, index, value));
        return this;
    }

    public Statement Bind(int index, string? value)
    {
        Require(value is null ? raw.sqlite3_bind_null(handle, index) : raw.sqlite3_bind_text(handle, index, value));
        return this;
    }

    /// <summary>Binds a copy of the bytes.</summary>
    public Statement Bind(int index, ReadOnlySpan<byte> value)
    {
        Require(raw.sqlite3_bind_blob(handle, index, value));
        return this;
    }

    public Statement BindOrNull(int index, long? value)
    {
        Require(value is null ? raw.sqlite3_bind_null(handle, index) : raw.sqlite3_bind_int64(handle, index, value.Value));
        return this;
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False after the last one; the statement is then ready for its next use.</returns>
    /// <exception cref="SqliteException">SQLite failed; the statement is ready for its next use.</exception>
    public bool Step()
    {
        int code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        if (code != raw.SQLITE_DONE)
        {
            SqliteException error = ToException(code);
            Reset();
            throw error;
        }

        Reset();
        return false;
    }

    /// <summary>Runs a statement whose rows do not matter.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Execute()
    {
        while (Step())
        {
        }

        return raw.sqlite3_changes(db);
    }

    /// <summary>The first column of the first row; null when there is no row.</summary>
    public long? ReadLong()
    {
        long? value = Step() && !IsNull(0) ? Long(0) : null;
        Reset();
        return value;
    }

    /// <summary>Ends a reading before its last row, which would otherwise hold on to its snapshot.</summary>
    // The code repeats what the last step said, and that has been thrown.
    public void Reset() => raw.sqlite3_reset(handle);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public long Long(int column) => raw.sqlite3_column_int64(handle, column);

    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string() ?? "";

    public byte[] Blob(int column) => raw.sqlite3_column_blob(handle, column).ToArray();

    public void Dispose() => handle.Dispose();

    private void Require(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw ToException(code);
        }
    }

    private SqliteException ToException(int code)
    {
        int extended = raw.sqlite3_extended_errcode(db);
        return new SqliteException($"SQLite error {code} ({extended}): {raw.sqlite3_errmsg(db).utf8_to_string()}", code & 0xff, extended);
    }
}
