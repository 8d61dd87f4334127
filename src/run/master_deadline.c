#include "master_deadline.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "bm/clock.h"
#include "master_faults.h"
#include "say.h"

/* Whether the run can end before the deadline, or get to a checkpoint (bm_schedule's `fits`). */
static bool fits(void *context, size_t run)
{
    const struct bm_master *master = context;
    const struct bm_session *session = master->session;
    const struct bm_outlook *outlook = &master->console->outlook;
    const struct bm_point *point = bm_master_point_of(master, run);
    if (!isfinite(master->time.deadline.at))
        return true;
    bool saves = session->sweep.launch.checkpoint_every >= 0 && !session->request->reprobe;
    double needed = bm_outlook_to_end(outlook, point);
    if (saves)
        needed = fmin(needed, bm_outlook_to_training(outlook, point)); /* the one that is known */
    return bm_deadline_allows(&master->time.deadline, bm_seconds(), needed);
}

void bm_master_deadline_init(struct bm_master *master)
{
    struct bm_time *time = &master->time;
    const struct bm_session *session = master->session;
    double now = bm_seconds();
    time->deadline = (struct bm_deadline){.began = now, .at = INFINITY};
    bm_time_left_init(&time->asking);
    if (session->request->deadline > 0) {
        time->deadline.at = session->request->deadline;
        time->asking.job = NULL; /* nobody is asked */
    }
    /* Where they cannot be read there are none. */
    bm_checkpoint_mark(session->sweep.results, &time->before, NULL);
    master->schedule.fits = fits;
    master->schedule.context = master;
}

void bm_master_deadline_fini(struct bm_master *master)
{
    bm_time_left_fini(&master->time.asking);
    bm_checkpoint_marks_fini(&master->time.before);
}

/* Slurm has said how much is left. Limits are changed, and its minutes are not ours. */
static void take_left(struct bm_master *master, double left)
{
    struct bm_deadline *deadline = &master->time.deadline;
    double now = bm_seconds(), at = now + left, old = deadline->at;
    char text[120];
    deadline->at = at;
    if (isfinite(at) && !(fabs(at - old) < 90))
        bm_say("the job's time ends %s", bm_deadline_text(time(NULL), left, text, sizeof text));
    else if (!isfinite(at) && isfinite(old))
        bm_say("the job's time has no end any more");
}

static void ask(struct bm_master *master)
{
    double left;
    struct bm_time *time = &master->time;
    if (bm_time_left_look(&time->asking, &left))
        take_left(master, left);
    if (!time->asking.has_failed || time->asking.has_answer || time->has_complained)
        return;
    time->has_complained = true;
    bm_say("warning: squeue does not say when job %s ends: use --deadline, or a signal (SIGUSR1) "
           "before that",
           time->asking.job);
}

static void stop(struct bm_master *master, const char *why)
{
    bm_say("%s", why);
    master->signal = SIGUSR1;
}

void bm_master_deadline_look(struct bm_master *master)
{
    if (master->closing || master->signal != 0)
        return;
    ask(master);
    if (bm_schedule_over(&master->schedule))
        return;
    if (bm_deadline_left(&master->time.deadline, bm_seconds()) <= 0)
        stop(master, "the deadline is near: what runs is saved");
    else if (bm_schedule_is_blocked(&master->schedule))
        stop(master, "no run that is left can end before the deadline, or get to a checkpoint");
}

bool bm_master_was_in_vain(const struct bm_master *master)
{
    const struct bm_time *time = &master->time;
    struct bm_checkpoint_marks now;
    bool was_asked = master->signal == SIGUSR1 || master->signal == SIGUSR2;
    if (!was_asked || master->schedule.n_finished > 0 ||
        !bm_deadline_had_most(&time->deadline, time->stopped))
        return false;
    bm_checkpoint_mark(master->session->sweep.results, &now, NULL);
    bool is_further = bm_checkpoint_is_further(&time->before, &now);
    bm_checkpoint_marks_fini(&now);
    return !is_further;
}
