/*
 * Makes the calls of a process on the files of one folder fail at will. The process preloads this library; IMAGED_FAULTS_FOLDER
 * names the folder, IMAGED_FAULTS_CONTROL a file that it shares with whoever says what fails. Without them nothing fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

/* What may fail: bits of control.calls. */
enum call { WRITE = 1, SYNC = 2, OPEN = 4, RENAME = 8, UNLINK = 16, READ = 32, TRUNCATE = 64 };

/* The control file, in the byte order of the machine. */
struct control {
    _Atomic uint32_t calls;      /* which calls fail */
    _Atomic uint32_t error;      /* with what errno */
    _Atomic int32_t skipped;     /* how many of them succeed first */
    _Atomic int32_t left;        /* how many then fail; without an end if negative */
    _Atomic uint32_t perMillion; /* of so many calls; the others succeed */
    _Atomic uint32_t random;     /* the seed of the choice, and its state */
    _Atomic uint32_t torn;       /* whether a write that fails first writes some of its sectors */
    _Atomic uint32_t failed;     /* how many calls have failed so far */
};

#define MAX_FILES 65536
#define SECTOR_BYTES 512

static struct control *control;
static const char *folder;
static size_t folder_length;
static _Atomic unsigned char watched[MAX_FILES]; /* whether a file descriptor is of the folder */
static _Thread_local int is_torn;                /* whether the write before this one wrote some of its sectors only */

/* The function of that name that this library stands in front of, as "real". */
#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) \
        real = (type (*)(__VA_ARGS__)) dlsym(RTLD_NEXT, name)

static int in_folder(const char *path) {
    return folder && path && strncmp(path, folder, folder_length) == 0
        && (path[folder_length] == '/' || path[folder_length] == '\0');
}

static int is_watched(int file) { return file >= 0 && file < MAX_FILES && watched[file]; }

static void watch(int file, int value) {
    if (file >= 0 && file < MAX_FILES)
        watched[file] = (unsigned char) value;
}

static uint32_t next_random(void) {
    uint32_t x = atomic_fetch_add(&control->random, 0x9e3779b9u);
    x = (x ^ (x >> 16)) * 0x85ebca6bu;
    x = (x ^ (x >> 13)) * 0xc2b2ae35u;
    return x ^ (x >> 16);
}

static int fail(void) {
    atomic_fetch_add(&control->failed, 1);
    errno = (int) control->error;
    return 1;
}

/* Takes one of what is left; whether there was any. */
static int take(_Atomic int32_t *count) {
    int32_t left = *count;
    while (left > 0)
        if (atomic_compare_exchange_weak(count, &left, left - 1))
            return 1;
    return 0;
}

/* Whether a call is to fail now; errno is set then. */
static int fails(enum call call) {
    if (!control || !(control->calls & call) || next_random() % 1000000 >= control->perMillion)
        return 0;
    if (take(&control->skipped) || (control->left >= 0 && !take(&control->left)))
        return 0;
    return fail();
}

/*
 * How many bytes of a write come to the disk: all, the sectors of the first half, or with -1 none, when it fails. After some
 * sectors the next write of the thread fails: the caller goes on with the rest.
 */
static ssize_t writable(int file, size_t count, off64_t offset) {
    if (!is_watched(file))
        return (ssize_t) count;
    if (is_torn) {
        is_torn = 0;
        fail();
        return -1;
    }
    if (!fails(WRITE))
        return (ssize_t) count;
    off64_t end = (offset + (off64_t) count / 2) / SECTOR_BYTES * SECTOR_BYTES;
    if (!control->torn || end <= offset)
        return -1;
    is_torn = 1;
    return (ssize_t) (end - offset);
}

static int open_fails(int at_watched, const char *path, int flags) {
    if (!at_watched && !in_folder(path))
        return 0;
    /* A disk that is full, or cannot be written, can still be read. */
    int needs_space = control && (control->error == ENOSPC || control->error == EROFS);
    return !(needs_space && (flags & O_ACCMODE) == O_RDONLY) && fails(OPEN);
}

static int mode_of(int flags, va_list arguments) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, int) : 0; }

#define DEFINE_OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, #name, const char *, int, ...); \
        va_list arguments; \
        va_start(arguments, flags); \
        int mode = mode_of(flags, arguments); \
        va_end(arguments); \
        if (open_fails(0, path, flags)) \
            return -1; \
        int file = real(path, flags, mode); \
        watch(file, in_folder(path)); \
        return file; \
    }

#define DEFINE_OPENAT(name) \
    int name(int at, const char *path, int flags, ...) { \
        REAL(int, #name, int, const char *, int, ...); \
        va_list arguments; \
        va_start(arguments, flags); \
        int mode = mode_of(flags, arguments); \
        va_end(arguments); \
        if (open_fails(is_watched(at), path, flags)) \
            return -1; \
        int file = real(at, path, flags, mode); \
        watch(file, is_watched(at) || in_folder(path)); \
        return file; \
    }

DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

int close(int file) {
    REAL(int, "close", int);
    watch(file, 0);
    return real(file);
}

int dup2(int from, int to) {
    REAL(int, "dup2", int, int);
    watch(to, is_watched(from));
    return real(from, to);
}

ssize_t write(int file, const void *bytes, size_t count) {
    REAL(ssize_t, "write", int, const void *, size_t);
    ssize_t now = writable(file, count, is_watched(file) ? lseek64(file, 0, SEEK_CUR) : 0);
    return now < 0 ? -1 : real(file, bytes, (size_t) now);
}

#define DEFINE_PWRITE(name, offset_type) \
    ssize_t name(int file, const void *bytes, size_t count, offset_type offset) { \
        REAL(ssize_t, #name, int, const void *, size_t, offset_type); \
        ssize_t now = writable(file, count, offset); \
        return now < 0 ? -1 : real(file, bytes, (size_t) now, offset); \
    }

DEFINE_PWRITE(pwrite, off_t)
DEFINE_PWRITE(pwrite64, off64_t)

/* These fail as a whole. */
ssize_t writev(int file, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return is_watched(file) && fails(WRITE) ? -1 : real(file, parts, count);
}

ssize_t read(int file, void *bytes, size_t count) {
    REAL(ssize_t, "read", int, void *, size_t);
    return is_watched(file) && fails(READ) ? -1 : real(file, bytes, count);
}

ssize_t readv(int file, const struct iovec *parts, int count) {
    REAL(ssize_t, "readv", int, const struct iovec *, int);
    return is_watched(file) && fails(READ) ? -1 : real(file, parts, count);
}

#define DEFINE_PREAD(name, offset_type) \
    ssize_t name(int file, void *bytes, size_t count, offset_type offset) { \
        REAL(ssize_t, #name, int, void *, size_t, offset_type); \
        return is_watched(file) && fails(READ) ? -1 : real(file, bytes, count, offset); \
    }

DEFINE_PREAD(pread, off_t)
DEFINE_PREAD(pread64, off64_t)

#define DEFINE_SYNC(name) \
    int name(int file) { \
        REAL(int, #name, int); \
        return is_watched(file) && fails(SYNC) ? -1 : real(file); \
    }

DEFINE_SYNC(fsync)
DEFINE_SYNC(fdatasync)

#define DEFINE_TRUNCATE(name, offset_type) \
    int name(int file, offset_type length) { \
        REAL(int, #name, int, offset_type); \
        return is_watched(file) && fails(TRUNCATE) ? -1 : real(file, length); \
    }

DEFINE_TRUNCATE(ftruncate, off_t)
DEFINE_TRUNCATE(ftruncate64, off64_t)

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    return (in_folder(from) || in_folder(to)) && fails(RENAME) ? -1 : real(from, to);
}

int renameat(int from_at, const char *from, int to_at, const char *to) {
    REAL(int, "renameat", int, const char *, int, const char *);
    int here = is_watched(from_at) || is_watched(to_at) || in_folder(from) || in_folder(to);
    return here && fails(RENAME) ? -1 : real(from_at, from, to_at, to);
}

#define DEFINE_UNLINK(name) \
    int name(const char *path) { \
        REAL(int, #name, const char *); \
        return in_folder(path) && fails(UNLINK) ? -1 : real(path); \
    }

DEFINE_UNLINK(unlink)
DEFINE_UNLINK(remove)

int unlinkat(int at, const char *path, int flags) {
    REAL(int, "unlinkat", int, const char *, int);
    return (is_watched(at) || in_folder(path)) && fails(UNLINK) ? -1 : real(at, path, flags);
}

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("IMAGED_FAULTS_CONTROL");
    folder = getenv("IMAGED_FAULTS_FOLDER");
    if (!path || !folder)
        return;
    folder_length = strlen(folder);
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        perror(path);
        abort();
    }
    void *shared = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared == MAP_FAILED) {
        perror(path);
        abort();
    }
    close(file);
    control = shared;
}
