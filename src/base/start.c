#include "bm/start.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

void bm_start(void)
{
    int file;
    do
        file = open("/dev/null", O_RDONLY);
    while (file >= 0 && file <= STDERR_FILENO);
    close(file);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* ignored, as some parents leave it, it hides how children end */
}
