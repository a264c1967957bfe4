// Lets a program live on another disk: put before libc by LD_PRELOAD, it answers for the files below a folder.
//
// If DISKWARP_LOCKS is "none", files can be locked by as many as like, but for the locks that belong to a process, which
// are SQLite's.
//
// DISKWARP_FOLDER names the folder, without symbolic links. The file that DISKWARP_FAULT names is mapped and holds, as a
// 32-bit word of this machine, how that disk fails at present, which may change at any time: `enum fault`. Where
// DISKWARP_TRACE names a file, all that changes what the disk holds is appended to it: see `note`.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum fault { WORKS, FULL, WRITE_ERROR, SYNC_ERROR, HANGS };
/// The kinds of a trace, as the tests read them.
enum kind { CREATE_FOLDER, CREATE, WRITE, TRUNCATE, SYNC, SYNC_FOLDER, DELETE, RENAME, LINK };

/// What stands before the paths and the bytes of an operation in the trace; all of it in this machine's order.
struct record {
    uint8_t kind;
    uint8_t failed;
    uint16_t path_length, target_length;
    uint32_t length;
    int64_t offset;
};
_Static_assert(sizeof(struct record) == 24, "as the tests read it");

static const char *folder;
static const _Atomic int32_t *fault;
static int trace = -1;
/// Held while something is done and noted, so that the order of the trace is that of the disk.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
    int (*real_open)(const char *, int, ...) = real("open");
    const char *path = getenv("DISKWARP_FAULT");
    int file = path ? real_open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *map = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *fault, PROT_READ, MAP_SHARED, file, 0);
    if (file >= 0) close(file);
    if (map != MAP_FAILED) fault = map;
    path = getenv("DISKWARP_TRACE");
    trace = path ? real_open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
    folder = getenv("DISKWARP_FOLDER");
}

/// The path below the folder, or null where it is elsewhere. Shared memory is no file of a disk.
static const char *below(const char *path) {
    size_t length = folder ? strlen(folder) : 0;
    if (!folder || strncmp(path, folder, length) != 0 || (path[length] != '/' && path[length] != 0)) return NULL;
    size_t whole = strlen(path);
    if (whole > 4 && strcmp(path + whole - 4, "-shm") == 0) return NULL;
    return path + length + (path[length] == '/');
}

/// Where an open file of a type is below the folder, or null.
static const char *below_open(int descriptor, mode_t type, char path[PATH_MAX]) {
    struct stat status;
    char link[32];
    if (!folder || fstat(descriptor, &status) != 0 || (status.st_mode & S_IFMT) != type) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    return below(path);
}

static void wait_while_hanging(void) {
    while (fault && *fault == HANGS) usleep(10000);
}

static bool fails(enum fault one, enum fault other) {
    wait_while_hanging();
    int32_t now = fault ? *fault : WORKS;
    if (now == WORKS || (now != (int32_t)one && now != (int32_t)other)) return false;
    errno = now == FULL ? ENOSPC : EIO;
    return true;
}

/// Appends an operation to the trace: a `record`, the path, the target's path, the bytes.
static void note(enum kind kind, const char *path, const char *target, bool failed, int64_t offset, const void *bytes,
    size_t length) {
    if (trace < 0) return;
    int code = errno;
    struct record record = {.kind = kind, .failed = failed, .path_length = strlen(path),
        .target_length = target ? strlen(target) : 0, .length = length, .offset = offset};
    struct iovec parts[] = {{&record, sizeof record}, {(void *)path, record.path_length},
        {(void *)target, record.target_length}, {(void *)bytes, length}};
    if (writev(trace, parts, 4) < 0) abort();
    errno = code;
}

static int open_file(const char *name, const char *path, int flags, mode_t mode) {
    int (*real_open)(const char *, int, ...) = real(name);
    const char *ours = below(path);
    if (ours) wait_while_hanging();
    if (!ours || !(flags & O_CREAT)) return real_open(path, flags, mode);
    pthread_mutex_lock(&lock);
    bool creates = access(path, F_OK) != 0;
    int descriptor = creates && fails(FULL, WRITE_ERROR) ? -1 : real_open(path, flags, mode);
    if (creates && descriptor >= 0) note(CREATE, ours, NULL, false, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return descriptor;
}

#define OPEN(name)                                                \
    int name(const char *path, int flags, ...) {                  \
        va_list arguments;                                        \
        va_start(arguments, flags);                               \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments);                                        \
        return open_file(#name, path, flags, mode);               \
    }
OPEN(open)
OPEN(open64)

static ssize_t write_at(const char *name, int descriptor, const void *bytes, size_t length, off_t offset) {
    ssize_t (*real_write)(int, const void *, size_t, off_t) = real(name);
    char path[PATH_MAX];
    const char *ours = below_open(descriptor, S_IFREG, path);
    if (!ours) return real_write(descriptor, bytes, length, offset);
    pthread_mutex_lock(&lock);
    ssize_t written = fails(FULL, WRITE_ERROR) ? -1 : real_write(descriptor, bytes, length, offset);
    if (written > 0) note(WRITE, ours, NULL, false, offset, bytes, written);
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
    return write_at("pwrite", descriptor, bytes, length, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off_t offset) {
    return write_at("pwrite64", descriptor, bytes, length, offset);
}

static int cut(const char *name, int descriptor, off_t length) {
    int (*real_truncate)(int, off_t) = real(name);
    char path[PATH_MAX];
    const char *ours = below_open(descriptor, S_IFREG, path);
    if (!ours) return real_truncate(descriptor, length);
    pthread_mutex_lock(&lock);
    int result = fails(WRITE_ERROR, WRITE_ERROR) ? -1 : real_truncate(descriptor, length);
    if (result == 0) note(TRUNCATE, ours, NULL, false, length, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate(int descriptor, off_t length) { return cut("ftruncate", descriptor, length); }

int ftruncate64(int descriptor, off_t length) { return cut("ftruncate64", descriptor, length); }

static int sync_file(const char *name, int descriptor) {
    int (*real_sync)(int) = real(name);
    char path[PATH_MAX];
    const char *file = below_open(descriptor, S_IFREG, path);
    const char *ours = file ? file : below_open(descriptor, S_IFDIR, path);
    if (!ours) return real_sync(descriptor);
    pthread_mutex_lock(&lock);
    int result = fails(SYNC_ERROR, SYNC_ERROR) ? -1 : real_sync(descriptor);
    note(file ? SYNC : SYNC_FOLDER, ours, NULL, result != 0, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int descriptor) { return sync_file("fsync", descriptor); }

int fdatasync(int descriptor) { return sync_file("fdatasync", descriptor); }

int unlink(const char *path) {
    int (*real_unlink)(const char *) = real("unlink");
    const char *ours = below(path);
    if (!ours) return real_unlink(path);
    pthread_mutex_lock(&lock);
    int result = fails(WRITE_ERROR, WRITE_ERROR) ? -1 : real_unlink(path);
    if (result == 0) note(DELETE, ours, NULL, false, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

static int name_again(const char *name, enum kind kind, const char *path, const char *target) {
    int (*real_function)(const char *, const char *) = real(name);
    const char *ours = below(path);
    if (!ours) return real_function(path, target);
    pthread_mutex_lock(&lock);
    int result = fails(WRITE_ERROR, WRITE_ERROR) ? -1 : real_function(path, target);
    if (result == 0) note(kind, ours, below(target), false, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

int rename(const char *path, const char *target) { return name_again("rename", RENAME, path, target); }

int link(const char *path, const char *target) { return name_again("link", LINK, path, target); }

int mkdir(const char *path, mode_t mode) {
    int (*real_mkdir)(const char *, mode_t) = real("mkdir");
    const char *ours = below(path);
    if (!ours) return real_mkdir(path, mode);
    pthread_mutex_lock(&lock);
    bool creates = access(path, F_OK) != 0;
    int result = creates && fails(FULL, WRITE_ERROR) ? -1 : real_mkdir(path, mode);
    if (result == 0) note(CREATE_FOLDER, ours, NULL, false, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

static bool has_locks(void) {
    const char *locks = getenv("DISKWARP_LOCKS");
    return !locks || strcmp(locks, "none") != 0;
}

int flock(int descriptor, int operation) {
    int (*real_flock)(int, int) = real("flock");
    return has_locks() ? real_flock(descriptor, operation) : 0;
}

static int control(const char *name, int descriptor, int command, void *argument) {
    int (*real_fcntl)(int, int, ...) = real(name);
    if (has_locks() || (command != F_OFD_SETLK && command != F_OFD_SETLKW)) {
        return real_fcntl(descriptor, command, argument);
    }
    errno = EINVAL;
    return -1;
}

#define FCNTL(name)                                               \
    int name(int descriptor, int command, ...) {                  \
        va_list arguments;                                        \
        va_start(arguments, command);                             \
        void *argument = va_arg(arguments, void *);               \
        va_end(arguments);                                        \
        return control(#name, descriptor, command, argument);     \
    }
FCNTL(fcntl)
FCNTL(fcntl64)
