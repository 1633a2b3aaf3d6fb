// C interfaces that the command needs and Swift's Glibc module lacks: zlib, and `stdout`, a variable that Swift 6 code
// can't access.
#include <errno.h>
#include <stdio.h>
#include <zlib.h>

/// Flushes standard output. Returns 0, or -1 with `errno` set if any output was lost.
static inline int flush_stdout(void) {
    if (fflush(stdout) != 0) return -1;
    // An earlier write failed; its `errno` is gone.
    if (ferror(stdout)) errno = EIO;
    return ferror(stdout) ? -1 : 0;
}
