/* Stands between a program and the C library (LD_PRELOAD) and lets file-system operations go wrong.
 *
 * Once armed, it counts the operations that change what lies below a folder and, at the n-th one that is meant,
 *   KILL   ends the process before it, as a power cut does to a program;
 *   TEAR   ends it too, after the first half of a write;
 *   FAIL   lets this one fail with an errno;
 *   STAY   lets it and every later one fail, as a full disk or a folder made read-only does. A failing write
 *          writes half the first time.
 * With a log, every operation is noted in its order: "write .2026-11-20.pending/refunds.csv".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, KILL, TEAR, FAIL, STAY };
enum { CREATE = 1, WRITE = 2, SYNC = 4, RENAME = 8, UNLINK = 16, MKDIR = 32, TRUNCATE = 64 };

static char folder[PATH_MAX];
static int is_armed, mode, kinds, error, log_file = -1;
static long at, count;

/* Called by the test, in the process that is to suffer. `at` counts from 1, among the operations of `kinds`. */
void crash_arm(const char *watched, int how, int which, long nth, int number, const char *log)
{
    snprintf(folder, sizeof folder, "%s", watched);
    mode = how, kinds = which, at = nth, error = number, count = 0;
    log_file = log ? (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    is_armed = 1;
}

long crash_count(void)
{
    is_armed = 0;
    return count;
}

/* The path of an operand below the watched folder, NULL for any other. */
static const char *below(int dir, const char *path, char *buffer)
{
    char whole[2 * PATH_MAX] = "";
    if (dir >= 0 && (!path || path[0] != '/')) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
        ssize_t size = readlink(link, whole, PATH_MAX - 1);
        if (size < 0)
            return NULL;
        whole[size] = 0;
    }
    if (path)
        snprintf(whole + strlen(whole), PATH_MAX, "%s%s", whole[0] ? "/" : "", path);
    size_t length = strlen(folder);
    if (strncmp(whole, folder, length) || (whole[length] != '/' && whole[length] != 0))
        return NULL;
    snprintf(buffer, PATH_MAX, "%s", whole[length] ? whole + length + 1 : ".");
    return buffer;
}

/* 0: go on; 1: fail with `error`; 2: a write does half and then what the mode says. */
static int strike(int kind, const char *name, int dir, const char *path, int is_write)
{
    char buffer[PATH_MAX], line[PATH_MAX + 32];
    int saved = errno;
    const char *found = is_armed ? below(dir, path, buffer) : NULL;
    errno = saved;
    if (!found)
        return 0;
    if (log_file >= 0)
        syscall(SYS_write, log_file, line, (size_t)snprintf(line, sizeof line, "%s %s\n", name, found));
    if (!(kind & kinds))
        return 0;
    long nth = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    if (mode == COUNT || nth < at || (nth > at && mode != STAY))
        return 0;
    if (mode == KILL || (mode == TEAR && !is_write))
        kill(getpid(), SIGKILL);
    if (mode == TEAR || (mode == STAY && nth == at && is_write))
        return 2;
    errno = error;
    return 1;
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) \
        real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)
#define STRIKE(kind, name, dir, path) \
    if (strike(kind, name, dir, path, 0)) \
        return -1

/* After the first half of a write that is struck. */
static ssize_t half(ssize_t written)
{
    if (mode == TEAR)
        kill(getpid(), SIGKILL);
    return written;
}

#define MODE(last) \
    mode_t bits = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { \
        va_list list; \
        va_start(list, last); \
        bits = va_arg(list, mode_t); \
        va_end(list); \
    }

#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        REAL(int, #name, const char *, int, ...); \
        MODE(flags) \
        if (flags & O_CREAT) \
            STRIKE(CREATE, "create", AT_FDCWD, path); \
        return real(path, flags, bits); \
    }
#define OPENAT(name) \
    int name(int dir, const char *path, int flags, ...) \
    { \
        REAL(int, #name, int, const char *, int, ...); \
        MODE(flags) \
        if (flags & O_CREAT) \
            STRIKE(CREATE, "create", dir, path); \
        return real(dir, path, flags, bits); \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int file, const void *data, size_t size)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    int struck = strike(WRITE, "write", file, NULL, size > 1);
    return struck == 0 ? real(file, data, size) : struck == 1 ? -1 : half(real(file, data, size / 2));
}

#define PWRITE(name, offset_type) \
    ssize_t name(int file, const void *data, size_t size, offset_type offset) \
    { \
        REAL(ssize_t, #name, int, const void *, size_t, offset_type); \
        int struck = strike(WRITE, "write", file, NULL, size > 1); \
        return struck == 0 ? real(file, data, size, offset) \
             : struck == 1 ? -1 : half(real(file, data, size / 2, offset)); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int file, const struct iovec *parts, int many)
{
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return strike(WRITE, "write", file, NULL, 0) ? -1 : real(file, parts, many);
}

#define ON_FILE(name, kind, word) \
    int name(int file) \
    { \
        REAL(int, #name, int); \
        STRIKE(kind, word, file, NULL); \
        return real(file); \
    }
ON_FILE(fsync, SYNC, "fsync")
ON_FILE(fdatasync, SYNC, "fsync")

#define CUT(name, offset_type) \
    int name(int file, offset_type size) \
    { \
        REAL(int, #name, int, offset_type); \
        STRIKE(TRUNCATE, "truncate", file, NULL); \
        return real(file, size); \
    }
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    STRIKE(RENAME, "rename", AT_FDCWD, from);
    return real(from, to);
}

int renameat(int dir, const char *from, int other, const char *to)
{
    REAL(int, "renameat", int, const char *, int, const char *);
    STRIKE(RENAME, "rename", dir, from);
    return real(dir, from, other, to);
}

#define ON_PATH(name, kind, word) \
    int name(const char *path) \
    { \
        REAL(int, #name, const char *); \
        STRIKE(kind, word, AT_FDCWD, path); \
        return real(path); \
    }
ON_PATH(unlink, UNLINK, "unlink")
ON_PATH(rmdir, UNLINK, "rmdir")

int unlinkat(int dir, const char *path, int flags)
{
    REAL(int, "unlinkat", int, const char *, int);
    STRIKE(UNLINK, flags & AT_REMOVEDIR ? "rmdir" : "unlink", dir, path);
    return real(dir, path, flags);
}

int mkdir(const char *path, mode_t bits)
{
    REAL(int, "mkdir", const char *, mode_t);
    STRIKE(MKDIR, "mkdir", AT_FDCWD, path);
    return real(path, bits);
}

int mkdirat(int dir, const char *path, mode_t bits)
{
    REAL(int, "mkdirat", int, const char *, mode_t);
    STRIKE(MKDIR, "mkdir", dir, path);
    return real(dir, path, bits);
}
