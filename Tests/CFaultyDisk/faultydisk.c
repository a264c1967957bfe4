// A SQLite VFS (https://sqlite.org/vfs.html) before the system's own, which notes what is done to the files of some
// folders and lets chosen operations fail. It is SQLite's default from the first mount on, so that what is tested need not
// know of it; files elsewhere are handed to the system's VFS as they come. What a ledger does to its files without SQLite,
// names and the sync of names, is seen by standing before the C library's functions in the program this is linked into.
//
// Nothing is really synced: what would have reached a disk is for the reader of the operations to say.
#define _GNU_SOURCE
#include "CFaultyDisk.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct faulty_disk {
    char *folder;
    struct faulty_disk_operation *operations;
    int64_t count, room;
    enum faulty_disk_fault fault;
    int64_t first_failing, end_failing;
    int64_t reads, first_failing_read, end_failing_read;
    struct faulty_disk *next;
};

/// An open file; the system's own follows it in memory.
struct file {
    sqlite3_file base;
    struct faulty_disk *disk;
    const char *name;
    /// The first sync of a journal or write-ahead log that may be new syncs its folder too (`UNIXFILE_DIRSYNC` in SQLite's
    /// os_unix.c).
    bool syncs_folder;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct faulty_disk *disks;
static sqlite3_vfs *system_vfs;
static sqlite3_vfs vfs;
/// What the C library is asked for from within SQLite is noted already.
static _Thread_local bool is_noted;

static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)((struct file *)file + 1); }

/// The disk a path is on, or null.
static struct faulty_disk *disk_of(const char *path) {
    pthread_mutex_lock(&lock);
    struct faulty_disk *disk = path ? disks : NULL;
    while (disk && strncmp(path, disk->folder, strlen(disk->folder)) != 0) disk = disk->next;
    pthread_mutex_unlock(&lock);
    return disk;
}

bool faulty_disk_concerns(enum faulty_disk_fault fault, enum faulty_disk_kind kind) {
    switch (fault) {
    case FAULTY_DISK_WORKS: return false;
    case FAULTY_DISK_FULL: return kind == FAULTY_DISK_WRITE || kind == FAULTY_DISK_CREATE;
    case FAULTY_DISK_WRITE_ERROR: return kind != FAULTY_DISK_SYNC && kind != FAULTY_DISK_SYNC_FOLDER;
    case FAULTY_DISK_SYNC_ERROR: return kind == FAULTY_DISK_SYNC || kind == FAULTY_DISK_SYNC_FOLDER;
    case FAULTY_DISK_NO_LINKS: return kind == FAULTY_DISK_LINK;
    }
    return false;
}

/// Notes an operation; its `failed` says whether it has to fail.
static struct faulty_disk_operation *note(struct faulty_disk *disk, enum faulty_disk_kind kind, const char *name) {
    if (disk->count == disk->room) {
        disk->room = disk->room ? disk->room * 2 : 256;
        disk->operations = realloc(disk->operations, disk->room * sizeof *disk->operations);
    }
    bool fails = disk->count >= disk->first_failing && disk->count < disk->end_failing
        && faulty_disk_concerns(disk->fault, kind);
    struct faulty_disk_operation *operation = &disk->operations[disk->count++];
    *operation = (struct faulty_disk_operation){.kind = kind, .name = strdup(name), .failed = fails};
    return operation;
}

static int file_close(sqlite3_file *file) {
    int code = real(file)->pMethods->xClose(real(file));
    file->pMethods = NULL;
    return code;
}

static int file_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset) {
    struct faulty_disk *disk = ((struct file *)file)->disk;
    int64_t number = disk->reads++;
    if (number >= disk->first_failing_read && number < disk->end_failing_read) return SQLITE_IOERR_READ;
    return real(file)->pMethods->xRead(real(file), bytes, length, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset) {
    struct file *ours = (struct file *)file;
    struct faulty_disk_operation *operation = note(ours->disk, FAULTY_DISK_WRITE, ours->name);
    bool is_full = ours->disk->fault == FAULTY_DISK_FULL;
    int written = !operation->failed ? length : is_full ? length / 2 : 0;
    operation->offset = offset;
    operation->length = written;
    operation->bytes = memcpy(malloc(written + 1), bytes, written);
    int code = written ? real(file)->pMethods->xWrite(real(file), bytes, written, offset) : SQLITE_OK;
    return code != SQLITE_OK || !operation->failed ? code : is_full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 length) {
    struct file *ours = (struct file *)file;
    struct faulty_disk_operation *operation = note(ours->disk, FAULTY_DISK_TRUNCATE, ours->name);
    operation->offset = length;
    return operation->failed ? SQLITE_IOERR_TRUNCATE : real(file)->pMethods->xTruncate(real(file), length);
}

static int file_sync(sqlite3_file *file, int flags) {
    struct file *ours = (struct file *)file;
    struct faulty_disk_operation *operation = note(ours->disk, FAULTY_DISK_SYNC, ours->name);
    if (operation->failed) return SQLITE_IOERR_FSYNC;
    operation->syncs_folder = ours->syncs_folder;
    ours->syncs_folder = false;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}

static int file_lock(sqlite3_file *file, int level) { return real(file)->pMethods->xLock(real(file), level); }

static int file_unlock(sqlite3_file *file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }

static int file_reserved(sqlite3_file *file, int *result) {
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}

static int file_control(sqlite3_file *file, int operation, void *argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int file_sector(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }

static int file_device(sqlite3_file *file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }

static int file_shm_unmap(sqlite3_file *file, int delete) {
    return real(file)->pMethods->xShmUnmap(real(file), delete);
}

/// Version 2: with shared memory for the write-ahead log, without mapped files, whose writes nobody would see.
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_device,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static int vfs_open(sqlite3_vfs *self, const char *path, sqlite3_file *file, int flags, int *result) {
    struct faulty_disk *disk = disk_of(path);
    if (!disk) return system_vfs->xOpen(system_vfs, path, file, flags, result);
    const char *name = path + strlen(disk->folder);
    // Not by the VFS, for which an empty file is none.
    bool creates = flags & SQLITE_OPEN_CREATE && access(path, F_OK) != 0;
    file->pMethods = NULL;
    if (creates && note(disk, FAULTY_DISK_CREATE, name)->failed) return SQLITE_CANTOPEN;
    int code = system_vfs->xOpen(system_vfs, path, real(file), flags, result);
    if (code != SQLITE_OK) return code;
    bool is_log = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL);
    // Whether it was there or not.
    bool syncs_folder = is_log && flags & SQLITE_OPEN_CREATE;
    *(struct file *)file =
        (struct file){.base = {&methods}, .disk = disk, .name = name, .syncs_folder = syncs_folder};
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *self, const char *path, int syncs_folder) {
    struct faulty_disk *disk = disk_of(path);
    if (!disk) return system_vfs->xDelete(system_vfs, path, syncs_folder);
    struct faulty_disk_operation *operation = note(disk, FAULTY_DISK_DELETE, path + strlen(disk->folder));
    operation->syncs_folder = syncs_folder && !operation->failed;
    if (operation->failed) return SQLITE_IOERR_DELETE;
    is_noted = true;
    int code = system_vfs->xDelete(system_vfs, path, 0);
    is_noted = false;
    return code;
}

static void become_default(void) {
    system_vfs = sqlite3_vfs_find(NULL);
    vfs = *system_vfs;
    vfs.pNext = NULL;
    vfs.zName = "faulty-disk";
    vfs.szOsFile = (int)sizeof(struct file) + system_vfs->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    sqlite3_vfs_register(&vfs, 1);
}

/// Notes what is asked of the C library; whether it has to fail. Shared memory is no file of a disk.
static bool fails(enum faulty_disk_kind kind, const char *path, const char *target) {
    struct faulty_disk *disk = is_noted ? NULL : disk_of(path);
    size_t length = strlen(path);
    if (!disk || (length > 4 && strcmp(path + length - 4, "-shm") == 0)) return false;
    struct faulty_disk_operation *operation = note(disk, kind, path + strlen(disk->folder));
    if (target) operation->target = strdup(target + strlen(disk->folder));
    if (operation->failed) errno = disk->fault == FAULTY_DISK_NO_LINKS ? EPERM : EIO;
    return operation->failed;
}

int rename(const char *path, const char *target) {
    int (*real_rename)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    if (access(path, F_OK) != 0) return real_rename(path, target);
    return fails(FAULTY_DISK_RENAME, path, target) ? -1 : real_rename(path, target);
}

int link(const char *path, const char *target) {
    int (*real_link)(const char *, const char *) = dlsym(RTLD_NEXT, "link");
    if (access(path, F_OK) != 0) return real_link(path, target);
    return fails(FAULTY_DISK_LINK, path, target) ? -1 : real_link(path, target);
}

int unlink(const char *path) {
    int (*real_unlink)(const char *) = dlsym(RTLD_NEXT, "unlink");
    if (access(path, F_OK) != 0) return real_unlink(path);
    return fails(FAULTY_DISK_DELETE, path, NULL) ? -1 : real_unlink(path);
}

int fsync(int descriptor) {
    int (*real_fsync)(int) = dlsym(RTLD_NEXT, "fsync");
    struct stat status;
    char link[32], path[PATH_MAX + 2];
    if (fstat(descriptor, &status) != 0 || !S_ISDIR(status.st_mode)) return real_fsync(descriptor);
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX);
    if (length <= 0) return real_fsync(descriptor);
    strcpy(path + length, "/");
    if (!disk_of(path)) return real_fsync(descriptor);
    return fails(FAULTY_DISK_SYNC_FOLDER, path, NULL) ? -1 : 0;
}

static _Thread_local int64_t vain_closes;

int close(int descriptor) {
    int (*real_close)(int) = dlsym(RTLD_NEXT, "close");
    int result = real_close(descriptor);
    if (result != 0 && errno == EBADF) vain_closes++;
    return result;
}

int64_t faulty_disk_vain_closes(void) { return vain_closes; }

struct faulty_disk *faulty_disk_mount(const char *folder) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, become_default);
    struct faulty_disk *disk = calloc(1, sizeof *disk);
    disk->folder = strdup(folder);
    pthread_mutex_lock(&lock);
    disk->next = disks;
    disks = disk;
    pthread_mutex_unlock(&lock);
    return disk;
}

void faulty_disk_unmount(struct faulty_disk *disk) {
    pthread_mutex_lock(&lock);
    struct faulty_disk **link = &disks;
    while (*link != disk) link = &(*link)->next;
    *link = disk->next;
    pthread_mutex_unlock(&lock);
    for (int64_t number = 0; number < disk->count; number++) {
        free((void *)disk->operations[number].name);
        free((void *)disk->operations[number].target);
        free((void *)disk->operations[number].bytes);
    }
    free(disk->operations);
    free(disk->folder);
    free(disk);
}

int64_t faulty_disk_count(const struct faulty_disk *disk) { return disk->count; }

struct faulty_disk_operation faulty_disk_get(const struct faulty_disk *disk, int64_t number) {
    return disk->operations[number];
}

void faulty_disk_fail(struct faulty_disk *disk, enum faulty_disk_fault fault, int64_t first, int64_t end) {
    disk->fault = fault;
    disk->first_failing = first;
    disk->end_failing = end;
}

void faulty_disk_fail_reads(struct faulty_disk *disk, int64_t first, int64_t end) {
    disk->first_failing_read = first;
    disk->end_failing_read = end;
}

int64_t faulty_disk_reads(const struct faulty_disk *disk) { return disk->reads; }
