#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bm/interrupt.h"

static volatile sig_atomic_t ends_at_once;
static int wake[2] = {-1, -1};
static sigset_t mask_at_start;
static int is_held;

static void catch (int number)
{
    int saved = errno;
    if (ends_at_once || (bm_interrupt == SIGINT && number == SIGINT))
        _exit((int)bm_signals_exit(number)); /* trainers die with this process */
    if (bm_interrupt == 0) {
        bm_interrupt = number;
        if (write(wake[1], "", 1) < 0)
            bm_interrupt = number; /* the flag is seen at the next turn of the loop */
    }
    errno = saved;
}

static const struct {
    int number;
    int may_be_ignored; /* nohup, background jobs of a shell */
} signals[] = {{SIGINT, 1}, {SIGHUP, 1}, {SIGTERM, 0}, {SIGUSR1, 0}, {SIGUSR2, 0}};
enum { N_SIGNALS = sizeof signals / sizeof *signals };

/* May run before the sanitizers are set up. */
__attribute__((no_sanitize("address", "undefined"))) void bm_signals_hold(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaddset(&set, signals[i].number);
    is_held = syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, &mask_at_start, _NSIG / 8) == 0;
}

/* OpenBLAS raises SIGINT where it cannot have all threads of its pool, which this process does not
 * need. Nobody else interrupts this process from within. */
static void drop_own_interrupt(void)
{
    sigset_t interrupt;
    siginfo_t info;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    if (sigtimedwait(&interrupt, &info, &(struct timespec){0}) == SIGINT && info.si_pid != getpid())
        kill(getpid(), SIGINT); /* it stays held back */
}

int bm_signals_init(struct bm_err *err)
{
    if (wake[0] < 0 && pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0)
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
    if (is_held) {
        drop_own_interrupt();
        sigprocmask(SIG_SETMASK, &mask_at_start, NULL);
    }
    is_held = 0;
    return 0;
}

static void note(int number)
{
    bm_interrupt = number;
}

void bm_signals_note(void)
{
    sigset_t set;
    const struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaction(signals[i].number, &action, NULL);
    bm_signals_set(&set);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void bm_signals_end_at_once(void)
{
    ends_at_once = 1;
    if (bm_interrupt != 0)
        _exit((int)bm_signals_exit(bm_interrupt));
}

void bm_signals_set(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaddset(set, signals[i].number);
}

int bm_signals_caught(void)
{
    return bm_interrupt;
}

int bm_signals_fd(void)
{
    return wake[0];
}

enum bm_exit bm_signals_exit(int number)
{
    switch (number) {
    case SIGINT:
        return BM_EXIT_INT;
    case SIGTERM:
    case SIGHUP: /* which launchers pass on as SIGTERM */
        return BM_EXIT_TERM;
    default:
        return BM_EXIT_AGAIN;
    }
}

double bm_signals_grace(int signal)
{
    const double asked_in_time = 20, at_once = 0.4;
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP ? at_once : asked_in_time;
}
