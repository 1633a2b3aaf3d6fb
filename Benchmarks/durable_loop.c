// Headcount's design in plain C, for reference: gather every request that is ready, count them all in one durable
// SQLite transaction of two updates, answer them all. It has no routes, pages, visitors or hostile peers.
// Usage: durable_loop SOCKET DATABASE
#include "loop.h"

#include <sqlite3.h>
#include <time.h>

static sqlite3 *database;

static void check(int result, int wanted) {
    if (result == wanted) return;
    fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(database));
    exit(1);
}

static void execute(const char *sql) { check(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK); }

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL), SQLITE_OK);
    return statement;
}

static void step(sqlite3_stmt *statement) {
    check(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_reset(statement);
}

static int answerTally(FCGX_Request *request, long count, long unique) {
    char body[64], text[512];
    int length = snprintf(body, sizeof body, "{\"count\":%ld,\"unique\":%ld}", count, unique);
    int size = snprintf(text, sizeof text, HEADERS "Content-Length: %d\r\n\r\n%s", length, body);
    return answer(request, text, size);
}

static void openDatabase(const char *path) {
    check(sqlite3_open(path, &database), SQLITE_OK);
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = FULL");
    execute("PRAGMA wal_autocheckpoint = 4000"); // as Headcount
    execute("CREATE TABLE IF NOT EXISTS counter(page TEXT PRIMARY KEY, count INTEGER NOT NULL, uniq INTEGER NOT NULL) "
            "STRICT, WITHOUT ROWID");
    execute("CREATE TABLE IF NOT EXISTS daily(day INTEGER NOT NULL, page TEXT NOT NULL, count INTEGER NOT NULL, "
            "uniq INTEGER NOT NULL, PRIMARY KEY(day, page)) STRICT, WITHOUT ROWID");
    execute("INSERT OR IGNORE INTO counter VALUES('', 0, 1)");
    execute("INSERT OR IGNORE INTO daily VALUES(unixepoch() / 86400, '', 0, 1)");
}

int main(int argumentCount, char **arguments) {
    if (argumentCount != 3) {
        fprintf(stderr, "usage: %s SOCKET DATABASE\n", arguments[0]);
        return 64;
    }
    openDatabase(arguments[2]);
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE");
    sqlite3_stmt *countTotal = prepare("UPDATE counter SET count = count + ?1 WHERE page = '' RETURNING count, uniq");
    sqlite3_stmt *countDay = prepare("UPDATE daily SET count = count + ?1 WHERE day = ?2 AND page = ''");
    sqlite3_stmt *commit = prepare("COMMIT");
    listenAt(arguments[1]);

    static FCGX_Request requests[CONNECTIONS];
    static nfds_t slots[CONNECTIONS];
    for (int index = 0; index < CONNECTIONS; index++) FCGX_InitRequest(&requests[index], -1, 0);

    for (;;) {
        int ready = poll(polled, polledCount, -1);
        if (ready < 0 && errno != EINTR) fail("poll");
        int batch = 0;
        for (nfds_t slot = polledCount - 1; ready > 0 && slot > 0; slot--) {
            if (polled[slot].revents == 0) continue;
            ready--;
            if (readRequest(&requests[batch], polled[slot].fd))
                slots[batch++] = slot;
            else
                polled[slot].fd = -1;
        }
        if (batch > 0) {
            step(begin);
            sqlite3_bind_int(countTotal, 1, batch);
            check(sqlite3_step(countTotal), SQLITE_ROW);
            long count = sqlite3_column_int64(countTotal, 0), unique = sqlite3_column_int64(countTotal, 1);
            step(countTotal);
            sqlite3_bind_int(countDay, 1, batch);
            sqlite3_bind_int64(countDay, 2, time(NULL) / 86400);
            step(countDay);
            step(commit);
            for (int index = 0; index < batch; index++)
                if (!answerTally(&requests[index], count - batch + index + 1, unique)) polled[slots[index]].fd = -1;
        }
        int accepting = ready > 0 && polled[0].revents;
        for (nfds_t slot = polledCount - 1; slot > 0; slot--)
            if (polled[slot].fd < 0) polled[slot] = polled[--polledCount];
        if (accepting) acceptConnections();
    }
}
