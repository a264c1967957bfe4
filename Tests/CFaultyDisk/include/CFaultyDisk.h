#pragma once
#include <stdbool.h>
#include <stdint.h>

/// What a program did to a file, in the order it did so.
enum faulty_disk_kind {
    /// The file came into being, empty.
    FAULTY_DISK_CREATE,
    FAULTY_DISK_WRITE,
    /// `offset` is the new length.
    FAULTY_DISK_TRUNCATE,
    FAULTY_DISK_SYNC,
    FAULTY_DISK_DELETE,
    /// The file has the name `target` too, or instead.
    FAULTY_DISK_LINK,
    FAULTY_DISK_RENAME,
    /// The names in the folder reached the disk.
    FAULTY_DISK_SYNC_FOLDER,
};

/// A way in which a disk fails.
enum faulty_disk_fault {
    FAULTY_DISK_WORKS,
    /// No space is left: a file that grows gets half of what was to be written.
    FAULTY_DISK_FULL,
    /// Nothing can be written, created, cut, named or deleted.
    FAULTY_DISK_WRITE_ERROR,
    /// Writes succeed, but the sync of them fails.
    FAULTY_DISK_SYNC_ERROR,
    /// The file system gives a file one name only.
    FAULTY_DISK_NO_LINKS,
};

struct faulty_disk_operation {
    enum faulty_disk_kind kind;
    /// The name of the file in the folder; lives as long as the disk.
    const char *_Nonnull name;
    const char *_Nullable target;
    int64_t offset;
    const void *_Nullable bytes;
    int64_t length;
    /// The folder's entries reached the disk with it.
    bool syncs_folder;
    /// It failed; the bytes are those that were written nevertheless.
    bool failed;
};

/// Stands between a ledger and the files of one folder. See faultydisk.c.
struct faulty_disk;

/// From now on, databases that are opened in the folder are on a faulty disk. The path is absolute, without symbolic
/// links and a slash at its end. One disk is used by one thread at a time.
struct faulty_disk *_Nonnull faulty_disk_mount(const char *_Nonnull folder);

/// Ends what `faulty_disk_mount` began; all its databases have been closed.
void faulty_disk_unmount(struct faulty_disk *_Nonnull disk);

/// How many operations there have been.
int64_t faulty_disk_count(const struct faulty_disk *_Nonnull disk);

/// Operation `number`, counted from 0.
struct faulty_disk_operation faulty_disk_get(const struct faulty_disk *_Nonnull disk, int64_t number);

/// Whether operations of a kind fail that way.
bool faulty_disk_concerns(enum faulty_disk_fault fault, enum faulty_disk_kind kind);

/// Lets operations from `first` to the one before `end` fail, where it concerns their kind.
void faulty_disk_fail(struct faulty_disk *_Nonnull disk, enum faulty_disk_fault fault, int64_t first, int64_t end);

/// Lets reads from `first` to the one before `end` fail, counted from the mount on.
void faulty_disk_fail_reads(struct faulty_disk *_Nonnull disk, int64_t first, int64_t end);

/// How many reads there have been.
int64_t faulty_disk_reads(const struct faulty_disk *_Nonnull disk);

/// How often this thread has closed a number that was no open file: what is closed twice may be somebody else's file by
/// then.
int64_t faulty_disk_vain_closes(void);
