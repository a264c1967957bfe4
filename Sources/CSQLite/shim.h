#pragma once
#include <sqlite3.h>

/// Without statistics of memory, each allocation spares two calls to a mutex that all connections share. Only before
/// SQLite is first used; any later there is nothing but that cost
/// (https://sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigmemstatus).
static inline int csqlite_leave_out_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

/// SQLITE_TRANSIENT is a cast, which Swift does not import: SQLite copies the text before the call returns.
static inline int csqlite_bind_text(sqlite3_stmt *_Nonnull statement, int index, const char *_Nonnull text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

/// Variadic in C, which Swift does not import; returns a result code (https://sqlite.org/c3ref/db_config.html).
static inline int csqlite_configure(sqlite3 *_Nonnull connection, int option, int value) {
    return sqlite3_db_config(connection, option, value, (int *)0);
}
