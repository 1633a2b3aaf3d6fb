/* Preloaded into the responder: while the file named by FAILING_DISK exists, the disk fails as its content says:
   "sync": nothing can be made durable (EIO); "write": nothing can be written (EROFS), as on a file system that the
   kernel has made read-only after an error; "chaos": each call fails one time in ten, and a write may come out short.
   Sockets are left alone: they are not written to by these calls. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fails(const char *how) {
    const char *path = getenv("FAILING_DISK");
    if (path == NULL) return 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    char content[8] = "";
    ssize_t length = read(file, content, sizeof content - 1);
    close(file);
    return length > 0 && strcmp(content, how) == 0;
}

static unsigned seed = 2463534242u;

/* Marsaglia, "Xorshift RNGs" (2003), with 32 bits. */
static unsigned next_random(void) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static int is_unlucky(void) { return fails("chaos") && next_random() % 10 == 0; }

#define UNLUCKY(error)                                                                                                 \
    if (is_unlucky()) {                                                                                                \
        errno = error;                                                                                                 \
        return -1;                                                                                                     \
    }
#define FAILING(how, error)                                                                                            \
    if (fails(how)) {                                                                                                  \
        errno = error;                                                                                                 \
        return -1;                                                                                                     \
    }
#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))

int fsync(int file) {
    FAILING("sync", EIO)
    UNLUCKY(EIO)
    return REAL(int (*)(int), "fsync")(file);
}

int fdatasync(int file) {
    FAILING("sync", EIO)
    UNLUCKY(EIO)
    return REAL(int (*)(int), "fdatasync")(file);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
    FAILING("write", EROFS)
    UNLUCKY(ENOSPC)
    if (length > 1 && is_unlucky()) length = 1 + next_random() % (length - 1);
    return REAL(ssize_t (*)(int, const void *, size_t, off_t), "pwrite")(file, bytes, length, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) {
    FAILING("write", EROFS)
    UNLUCKY(ENOSPC)
    if (length > 1 && is_unlucky()) length = 1 + next_random() % (length - 1);
    return REAL(ssize_t (*)(int, const void *, size_t, off64_t), "pwrite64")(file, bytes, length, offset);
}

int ftruncate64(int file, off64_t length) {
    FAILING("write", EROFS)
    UNLUCKY(EIO)
    return REAL(int (*)(int, off64_t), "ftruncate64")(file, length);
}
