#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static int wake[2] = {-1, -1};

static void catch (int number)
{
    int saved = errno;
    if (caught == SIGINT && number == SIGINT)
        _exit(BM_EXIT_INT); /* trainers die with this process */
    if (caught == 0) {
        caught = number;
        if (write(wake[1], "", 1) < 0)
            caught = number; /* the flag is seen at the next turn of the loop */
    }
    errno = saved;
}

static const struct {
    int number;
    int may_be_ignored; /* nohup, background jobs of a shell */
} signals[] = {{SIGINT, 1}, {SIGHUP, 1}, {SIGTERM, 0}, {SIGUSR1, 0}, {SIGUSR2, 0}};
enum { N_SIGNALS = sizeof signals / sizeof *signals };

int bm_signals_init(struct bm_err *err)
{
    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return bm_fail_errno(err, "a pipe cannot be opened");
    for (size_t i = 0; i < N_SIGNALS; i++) {
        struct sigaction old;
        sigaction(signals[i].number, NULL, &old);
        if (signals[i].may_be_ignored && old.sa_handler == SIG_IGN)
            continue;
        struct sigaction action = {.sa_handler = catch, .sa_flags = SA_RESTART};
        sigfillset(&action.sa_mask);
        sigaction(signals[i].number, &action, NULL);
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* ignored, as some parents leave it, it would hide trainers' ends */
    return 0;
}

void bm_signals_set(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaddset(set, signals[i].number);
}

int bm_signals_caught(void)
{
    return caught;
}

int bm_signals_fd(void)
{
    return wake[0];
}

enum bm_exit bm_signals_exit(int number)
{
    return number == SIGINT ? BM_EXIT_INT : number == SIGTERM ? BM_EXIT_TERM : BM_EXIT_AGAIN;
}
