// What the owner's command needs of C and Swift's Glibc module lacks: zlib, and `stdout`, a variable that Swift 6 does
// not let code use.
#include <errno.h>
#include <stdio.h>
#include <zlib.h>

/// Writes out what was printed: 0, or -1 when some of it is lost, with the reason in `errno`.
static inline int flush_stdout(void) {
    if (fflush(stdout) != 0) return -1;
    // Lost earlier, for a reason that is gone.
    if (ferror(stdout)) errno = EIO;
    return ferror(stdout) ? -1 : 0;
}
