/* Trainers that die at once: preloaded into bm-sweep (LD_PRELOAD). Before main, as with a library
 * that is missing on one machine; or with HOLE=crash when they have their job and begin to work, as
 * if there were an error in this program. */
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_trainer(void)
{
    char text[200] = "";
    FILE *file = fopen("/proc/self/cmdline", "re");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    if (file != NULL)
        fclose(file);
    const char *second = text + strlen(text) + 1;
    return second < text + size && strncmp(second, "--trainer", strlen("--trainer")) == 0;
}

__attribute__((constructor)) static void die(void)
{
    if (getenv("HOLE") != NULL || !is_trainer())
        return;
    fprintf(stderr, "no such library\n");
    _exit(127);
}

/* What a trainer calls when it has its job. */
int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    __typeof__(&sigprocmask) real = (__typeof__(&sigprocmask))dlsym(RTLD_NEXT, "sigprocmask");
    if (how == SIG_UNBLOCK && getenv("HOLE") != NULL && is_trainer()) {
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
    }
    return real(how, set, old);
}
