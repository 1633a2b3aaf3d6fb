#ifndef HEADCOUNT_CSQLITE_H
#define HEADCOUNT_CSQLITE_H

#include <sqlite3.h>

// SQLITE_TRANSIENT, which makes SQLite copy the bytes, is a cast that Swift does not import. SQLite would bind a null
// pointer as NULL, so an empty value needs some pointer.
static inline int bind_text_copy(sqlite3_stmt *statement, int index, const char *bytes, int count) {
    return sqlite3_bind_text(statement, index, count ? bytes : "", count, SQLITE_TRANSIENT);
}

static inline int bind_blob_copy(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, count ? bytes : "", count, SQLITE_TRANSIENT);
}

#endif
