/* Preloaded into the responder. While the file named by FAILING_DISK exists, the disk fails as its content says:
   "sync": syncing fails (EIO); "write": writing fails (EROFS), as after the kernel has remounted a file system
   read-only; "chaos": one call in ten fails, and a write may be short. Sockets don't use these calls. */
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

static int fails_by_chance(void) { return fails("chaos") && next_random() % 10 == 0; }

#define FAIL_BY_CHANCE(error)                                                                                          \
    if (fails_by_chance()) {                                                                                                \
        errno = error;                                                                                                 \
        return -1;                                                                                                     \
    }
#define FAIL_IF(how, error)                                                                                            \
    if (fails(how)) {                                                                                                  \
        errno = error;                                                                                                 \
        return -1;                                                                                                     \
    }
#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))

int fsync(int file) {
    FAIL_IF("sync", EIO)
    FAIL_BY_CHANCE(EIO)
    return REAL(int (*)(int), "fsync")(file);
}

int fdatasync(int file) {
    FAIL_IF("sync", EIO)
    FAIL_BY_CHANCE(EIO)
    return REAL(int (*)(int), "fdatasync")(file);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
    FAIL_IF("write", EROFS)
    FAIL_BY_CHANCE(ENOSPC)
    if (length > 1 && fails_by_chance()) length = 1 + next_random() % (length - 1);
    return REAL(ssize_t (*)(int, const void *, size_t, off_t), "pwrite")(file, bytes, length, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) {
    FAIL_IF("write", EROFS)
    FAIL_BY_CHANCE(ENOSPC)
    if (length > 1 && fails_by_chance()) length = 1 + next_random() % (length - 1);
    return REAL(ssize_t (*)(int, const void *, size_t, off64_t), "pwrite64")(file, bytes, length, offset);
}

int ftruncate64(int file, off64_t length) {
    FAIL_IF("write", EROFS)
    FAIL_BY_CHANCE(EIO)
    return REAL(int (*)(int, off64_t), "ftruncate64")(file, length);
}
