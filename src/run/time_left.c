#include "time_left.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bm/clock.h"
#include "deadline.h"

static const double pause_between = 240, patience = 60; /* seconds */

void bm_time_left_init(struct bm_time_left *asking)
{
    const char *job = getenv("SLURM_JOB_ID");
    *asking = (struct bm_time_left){.job = job != NULL && job[0] != '\0' ? job : NULL, .fd = -1};
}

static void stop_asking(struct bm_time_left *asking)
{
    if (asking->fd >= 0)
        close(asking->fd);
    if (asking->pid > 0)
        kill(asking->pid, SIGKILL);
    asking->fd = -1;
}

/* Who was killed may end late, or never: nobody waits for it, and nobody else is asked meanwhile.
 */
static bool is_free(struct bm_time_left *asking)
{
    if (asking->pid > 0 && waitpid(asking->pid, NULL, WNOHANG) != 0)
        asking->pid = 0;
    return asking->pid == 0;
}

void bm_time_left_fini(struct bm_time_left *asking)
{
    stop_asking(asking);
}

extern char **environ;

static void ask(struct bm_time_left *asking)
{
    int ends[2];
    posix_spawn_file_actions_t actions;
    char *const command[] = {"squeue", "-h", "-j", (char *)asking->job, "-o", "%L", NULL};
    asking->used = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&asking->pid, command[0], &actions, NULL, command, environ) != 0)
        asking->pid = 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    asking->fd = ends[0];
}

/* True at the end of the answer. */
static bool listen_to(struct bm_time_left *asking)
{
    for (;;) {
        char block[64];
        ssize_t n = read(asking->fd, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 || errno != EAGAIN;
        size_t room = sizeof asking->text - 1 - (size_t)asking->used;
        size_t taken = (size_t)n < room ? (size_t)n : room;
        memcpy(asking->text + asking->used, block, taken);
        asking->used += (int)taken;
    }
}

bool bm_time_left_look(struct bm_time_left *asking, double *left)
{
    double now = bm_seconds();
    if (asking->job == NULL)
        return false;
    if (asking->fd < 0 && now >= asking->next && is_free(asking)) {
        asking->next = now + pause_between;
        asking->give_up = now + patience;
        ask(asking);
    }
    if (asking->fd < 0 || (!listen_to(asking) && now < asking->give_up))
        return false;
    stop_asking(asking);
    asking->text[asking->used] = '\0';
    bool answers = bm_deadline_parse_slurm(asking->text, left);
    asking->has_answer = asking->has_answer || answers;
    asking->has_failed = !answers;
    return answers;
}
