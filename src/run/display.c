/* A rank's own descriptors tell nothing: mpirun gives each rank a pseudo-terminal as standard
 * output and a pipe as standard error, whatever its own are. Where mpirun runs on the machine of
 * rank 0 its standard error is looked at through /proc; on another machine there is a daemon
 * without a terminal. */
#include "display.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "launcher.h"

enum { NARROWEST = 20 }; /* columns that a bar needs to be of use */

const char *const bm_display_names[] = {[BM_DISPLAY_AUTO] = "auto",
                                        [BM_DISPLAY_BAR] = "bar",
                                        [BM_DISPLAY_PLAIN] = "plain",
                                        [BM_DISPLAY_NONE] = "none",
                                        NULL};

/* ---- which ---- */

/* The descriptor of the terminal, or -1. */
static int find_terminal(bool launched)
{
    if (isatty(STDERR_FILENO))
        return STDERR_FILENO;
    if (!launched)
        return -1;
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/fd/2", (long)bm_launcher_pid());
    int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && !isatty(fd)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && value[0] != '\0' && strcmp(value, "0") != 0;
}

void bm_terminal_measure(struct bm_terminal *terminal)
{
    struct winsize size;
    if (terminal->fd < 0 || ioctl(terminal->fd, TIOCGWINSZ, &size) != 0)
        return;
    if (size.ws_col > 0)
        terminal->columns = size.ws_col;
    if (size.ws_row > 0)
        terminal->lines = size.ws_row;
}

void bm_terminal_find(struct bm_terminal *terminal, bool launched)
{
    const char *no_color = getenv("NO_COLOR");
    *terminal = (struct bm_terminal){
        .fd = find_terminal(launched),
        .columns = 80,
        .lines = 24,
        .type = getenv("TERM"),
        .no_color = no_color != NULL && no_color[0] != '\0',
        .has_line_labels =
            is_set("OMPI_MCA_orte_tag_output") || is_set("OMPI_MCA_orte_timestamp_output"),
    };
    bm_terminal_measure(terminal);
}

enum bm_display bm_display_choose(enum bm_display wanted, const struct bm_terminal *terminal)
{
    if (wanted != BM_DISPLAY_AUTO)
        return wanted;
    bool can_move = terminal->fd >= 0 && terminal->type != NULL && terminal->type[0] != '\0' &&
                    strcmp(terminal->type, "dumb") != 0;
    return can_move && !terminal->no_color && !terminal->has_line_labels &&
                   terminal->columns >= NARROWEST
               ? BM_DISPLAY_BAR
               : BM_DISPLAY_PLAIN;
}
