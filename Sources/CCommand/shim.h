// What the owner's command needs of C and Swift's Glibc module lacks: zlib, adjtimex(2), and `stdout`, a variable that
// Swift 6 lets nobody touch.
#include <stdio.h>
#include <sys/timex.h>
#include <zlib.h>

/// Writes out what was printed: 0, or -1 when some of it is lost.
static inline int flush_stdout(void) { return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -1; }
