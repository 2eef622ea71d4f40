/* Loaded before libc: notes in the file SYNC_LOG how many bytes of a write-ahead log have reached the disk for sure.
 * One line for each fsync or fdatasync of a file whose name ends in "-wal": "sync <bytes>". */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef int (*sync_function)(int);

static long bytes_of_log(int fd) {
    char link[64], path[4096];
    struct stat status;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 4 || memcmp(path + length - 4, "-wal", 4) != 0 || fstat(fd, &status) != 0) return -1;
    return (long)status.st_size;
}

static void note(long bytes) {
    const char *file = getenv("SYNC_LOG");
    char line[64];
    if (bytes < 0 || file == NULL) return;
    int log = open(file, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (log < 0) return;
    int length = snprintf(line, sizeof line, "sync %ld\n", bytes);
    if (write(log, line, (size_t)length) != length) abort();
    close(log);
}

static int synced(const char *name, int fd) {
    long bytes = bytes_of_log(fd); /* before the call: what comes while it runs may not be in it */
    sync_function original = (sync_function)dlsym(RTLD_NEXT, name);
    int result = original(fd);
    if (result == 0) note(bytes);
    return result;
}

int fsync(int fd) { return synced("fsync", fd); }

int fdatasync(int fd) { return synced("fdatasync", fd); }
