// What the owner's command needs of C and Swift's Glibc module lacks: zlib, and adjtimex(2).
#include <sys/timex.h>
#include <zlib.h>
