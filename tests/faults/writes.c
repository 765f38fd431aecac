/* Stands between a process and its writes: counts them below one folder, and pulls the plug at one.
 *
 * Loaded with LD_PRELOAD into a stage and into every git it starts, so that Python's writes, SQLite's
 * and git's are seen alike. The plan is a file that all of them share (SOLICOMM_WRITES); plan.py has
 * the same layout. A write point is a call that changes what is on the disk, or asks that it be
 * durable: open for writing, write, rename, link, unlink, mkdir, rmdir, truncate, fsync.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OFF, COUNT, KILL_ALL, KILL_ONE, HALF, FULL, BAD, STILL };
enum { PATHS = 512, LOG = 8 << 20 };

struct plan {
    long long mode, target, stage, passed, fired, logged, holder, asked, granted;
    char root[PATHS], where[PATHS];
    char log[LOG];
};

static struct plan *plan;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("SOLICOMM_WRITES");
    if (!name || plan) return;
    int fd = open(name, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void *at = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (at != MAP_FAILED) plan = at;
}

static int inside(const char *path) {
    size_t length = strlen(plan->root);
    return length && !strncmp(path, plan->root, length) && path[length] == '/';
}

static void note(const char *op, const char *path) {
    char line[PATHS + 64];
    const char *who = getpid() == plan->stage ? "stage" : program_invocation_short_name;
    int n = snprintf(line, sizeof line, "%s %s %s\n", who, op, path + strlen(plan->root) + 1);
    if (n >= (int)sizeof line) n = sizeof line - 1;
    long long at = __atomic_fetch_add(&plan->logged, n, __ATOMIC_SEQ_CST);
    if (at + n <= LOG) memcpy(plan->log + at, line, n);
}

/* Everything stands still until whoever runs the plan has looked at what is on the disk. */
static void stand_still(const char *op, const char *path) {
    long long nobody = 0;
    while (!__atomic_compare_exchange_n(&plan->holder, &nobody, getpid(), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        nobody = 0;
        usleep(100);
    }
    note(op, path);
    snprintf(plan->where, PATHS, "%s", path + strlen(plan->root) + 1);
    long long n = __atomic_add_fetch(&plan->asked, 1, __ATOMIC_SEQ_CST);
    while (plan->mode == STILL && __atomic_load_n(&plan->granted, __ATOMIC_SEQ_CST) < n) usleep(50);
    __atomic_store_n(&plan->holder, 0, __ATOMIC_SEQ_CST);
}

/* Passes one write point; 0 when it may happen, else the error it meets. *half: only half of it. */
static int pass(const char *op, const char *path, int grows, int *half) {
    if (!plan || plan->mode == OFF || !inside(path)) return 0;
    long long mode = plan->mode;
    if (mode == STILL) {
        stand_still(op, path);
        return 0;
    }
    long long n = __atomic_add_fetch(&plan->passed, 1, __ATOMIC_SEQ_CST);
    if (mode == COUNT) note(op, path);
    if (mode == COUNT || n < plan->target) return 0;
    if (mode == FULL) {
        if (!grows) return 0;
        if (!__atomic_exchange_n(&plan->fired, 1, __ATOMIC_SEQ_CST))
            snprintf(plan->where, PATHS, "%s %s", op, path + strlen(plan->root) + 1);
        return ENOSPC;
    }
    if (n != plan->target) return 0;
    plan->fired = 1;
    snprintf(plan->where, PATHS, "%s %s", op, path + strlen(plan->root) + 1);
    if (mode == HALF && half) {
        *half = 1;
        return 0;
    }
    if (mode == BAD) return EIO;
    if (mode != KILL_ONE) kill((pid_t)plan->stage, SIGKILL);
    kill(getpid(), SIGKILL);
    return EIO;
}

static int halved(size_t size) { return plan && plan->mode == STILL && size > 1; }

static void end_here(void) {
    kill((pid_t)plan->stage, SIGKILL);
    kill(getpid(), SIGKILL);
}

static void of_fd(int fd, char *path) {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(name, path, PATHS - 1);
    path[n < 0 ? 0 : n] = 0;
}

static void resolve(int dir, const char *name, char *path) {
    char base[PATHS] = "";
    if (*name != '/') {
        if (dir == AT_FDCWD) { if (!getcwd(base, sizeof base)) *base = 0; }
        else of_fd(dir, base);
        strncat(base, "/", sizeof base - strlen(base) - 1);
    }
    size_t n = strlen(base);
    memcpy(path, base, n);
    snprintf(path + n, PATHS - n, "%s", name);
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)
#define AT(op, dir, name, grows) do { \
    char path[PATHS]; resolve(dir, name, path); \
    int error = pass(op, path, grows, NULL); \
    if (error) { errno = error; return -1; } } while (0)
#define ON(op, fd, grows) do { \
    char path[PATHS]; of_fd(fd, path); \
    int error = pass(op, path, grows, NULL); \
    if (error) { errno = error; return -1; } } while (0)

static int writing(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT); }

#define OPENS(flags, mode) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }

int open(const char *name, int flags, ...) {
    OPENS(flags, mode)
    REAL(int, "open", const char *, int, ...);
    if (writing(flags)) AT("open", AT_FDCWD, name, flags & O_CREAT);
    return real(name, flags, mode);
}
int open64(const char *name, int flags, ...) {
    OPENS(flags, mode)
    REAL(int, "open64", const char *, int, ...);
    if (writing(flags)) AT("open", AT_FDCWD, name, flags & O_CREAT);
    return real(name, flags, mode);
}
int openat(int dir, const char *name, int flags, ...) {
    OPENS(flags, mode)
    REAL(int, "openat", int, const char *, int, ...);
    if (writing(flags)) AT("open", dir, name, flags & O_CREAT);
    return real(dir, name, flags, mode);
}
int openat64(int dir, const char *name, int flags, ...) {
    OPENS(flags, mode)
    REAL(int, "openat64", int, const char *, int, ...);
    if (writing(flags)) AT("open", dir, name, flags & O_CREAT);
    return real(dir, name, flags, mode);
}
FILE *fopen(const char *name, const char *how) {
    REAL(FILE *, "fopen", const char *, const char *);
    if (*how != 'r' || strchr(how, '+')) {
        char path[PATHS]; resolve(AT_FDCWD, name, path);
        int error = pass("open", path, *how != 'r', NULL);
        if (error) { errno = error; return NULL; }
    }
    return real(name, how);
}
FILE *fopen64(const char *name, const char *how) { return fopen(name, how); }

static ssize_t half_write(ssize_t (*real)(int, const void *, size_t), int fd, const void *data, size_t size) {
    char path[PATHS]; int half = 0;
    of_fd(fd, path);
    int error = pass("write", path, 1, &half);
    if (error) { errno = error; return -1; }
    if (!half && halved(size) && inside(path)) {
        ssize_t first = real(fd, data, size / 2);
        if (first < 0) return first;
        stand_still("half", path);
        ssize_t rest = real(fd, (const char *)data + first, size - first);
        return rest < 0 ? first : first + rest;
    }
    if (!half) return real(fd, data, size);
    real(fd, data, size / 2);
    end_here();
    return -1;
}
ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return half_write(real, fd, data, size);
}
#define PWRITE(name, type) \
ssize_t name(int fd, const void *data, size_t size, type at) { \
    REAL(ssize_t, #name, int, const void *, size_t, type); \
    char path[PATHS]; int half = 0; of_fd(fd, path); \
    int error = pass("write", path, 1, &half); \
    if (error) { errno = error; return -1; } \
    if (!half && halved(size) && inside(path)) { \
        ssize_t first = real(fd, data, size / 2, at); \
        if (first < 0) return first; \
        stand_still("half", path); \
        ssize_t rest = real(fd, (const char *)data + first, size - first, at + first); \
        return rest < 0 ? first : first + rest; } \
    if (!half) return real(fd, data, size, at); \
    real(fd, data, size / 2, at); end_here(); return -1; }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    ON("write", fd, 1);
    return real(fd, parts, count);
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t size);
ssize_t sendfile(int to, int from, off_t *at, size_t size) {
    REAL(ssize_t, "sendfile", int, int, off_t *, size_t);
    ON("write", to, 1);
    return real(to, from, at, size);
}
int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    AT("rename", AT_FDCWD, to, 1);
    return real(from, to);
}
int renameat(int fd, const char *from, int td, const char *to) {
    REAL(int, "renameat", int, const char *, int, const char *);
    AT("rename", td, to, 1);
    return real(fd, from, td, to);
}
int link(const char *from, const char *to) {
    REAL(int, "link", const char *, const char *);
    AT("link", AT_FDCWD, to, 1);
    return real(from, to);
}
int linkat(int fd, const char *from, int td, const char *to, int flags) {
    REAL(int, "linkat", int, const char *, int, const char *, int);
    AT("link", td, to, 1);
    return real(fd, from, td, to, flags);
}
int symlink(const char *what, const char *name) {
    REAL(int, "symlink", const char *, const char *);
    AT("link", AT_FDCWD, name, 1);
    return real(what, name);
}
int unlink(const char *name) {
    REAL(int, "unlink", const char *);
    AT("unlink", AT_FDCWD, name, 0);
    return real(name);
}
int unlinkat(int dir, const char *name, int flags) {
    REAL(int, "unlinkat", int, const char *, int);
    AT("unlink", dir, name, 0);
    return real(dir, name, flags);
}
int mkdir(const char *name, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    AT("mkdir", AT_FDCWD, name, 1);
    return real(name, mode);
}
int mkdirat(int dir, const char *name, mode_t mode) {
    REAL(int, "mkdirat", int, const char *, mode_t);
    AT("mkdir", dir, name, 1);
    return real(dir, name, mode);
}
int rmdir(const char *name) {
    REAL(int, "rmdir", const char *);
    AT("rmdir", AT_FDCWD, name, 0);
    return real(name);
}
int ftruncate(int fd, off_t size) {
    REAL(int, "ftruncate", int, off_t);
    ON("truncate", fd, 0);
    return real(fd, size);
}
int ftruncate64(int fd, off64_t size) {
    REAL(int, "ftruncate64", int, off64_t);
    ON("truncate", fd, 0);
    return real(fd, size);
}
int fsync(int fd) {
    REAL(int, "fsync", int);
    ON("fsync", fd, 1);
    return real(fd);
}
int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    ON("fsync", fd, 1);
    return real(fd);
}
int syncfs(int fd) {
    REAL(int, "syncfs", int);
    ON("fsync", fd, 1);
    return real(fd);
}
