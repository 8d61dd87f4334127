/* Rank 0 and its other ranks in one process: pretended ones that the test speaks for, and real ones
 * whose trainers pretend. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "bm/claim.h"
#include "bm/clock.h"
#include "bm/lock.h"
#include "bm/store.h"
#include "io/store_state.h"
#include "loop.h"
#include "run/master.h"
#include "run/master_deadline.h"
#include "run/post.h"
#include "run/worker.h"

static char folder[] = "/tmp/bm-master-XXXXXX";

/* A sweep of n runs, its store, and rank 0 of a job. */
struct job {
    char file[100], results[100];
    struct bm_request request;
    struct bm_session session;
    struct bm_store *store;
    struct bm_console console;
    struct loop loop;
    struct bm_link links[LOOP_MOST_RANKS];
    struct bm_err err;
    struct bm_master master;
    size_t count[BM_POINT_STATES]; /* of the points, after the end */
};

/* By rank, for the next job, whose every second run then needs it; NULL: none does. */
static const bool *has_bf16;

static void begin_beside(bool others, struct job *job, int runs, int ranks, size_t own_trainers)
{
    static int number;
    *job = (struct job){.loop = {.ranks = ranks}};
    snprintf(job->file, sizeof job->file, "%s/%d.yaml", folder, number);
    snprintf(job->results, sizeof job->results, "%s/%d.h5", folder, number++);
    loop_write_sweep(job->file, job->results, runs);
    job->request = (struct bm_request){.file = job->file, .display = BM_DISPLAY_NONE};
    assert_int_equal(bm_session_init(&job->session, &job->request, ranks, &job->err), 0);
    assert_int_equal(others ? bm_store_join(job->results, job->session.sweep.name, 1000, NULL,
                                            &job->store, &job->err)
                            : bm_store_open(job->results, 0, NULL, &job->store, &job->err),
                     0);
    bm_session_select(&job->session, bm_store_results(job->store));
    assert_int_equal(job->session.n_todo, runs);
    job->session.trainers = own_trainers;
    bm_console_init(&job->console, &job->session, bm_store_results(job->store));
    for (int rank = 0; rank < ranks; rank++) {
        job->links[rank] = loop_link(&job->loop, rank);
        job->links[rank].has_bf16 = has_bf16;
    }
    for (int i = 0; has_bf16 != NULL && i < runs; i += 2)
        job->session.points.points[job->session.todo[i]].needs_bf16 = true;
    bm_master_init(&job->master, &job->session, job->store, &job->links[0], &job->console,
                   &job->err);
}

static void begin(struct job *job, int runs, int ranks, size_t own_trainers)
{
    begin_beside(false, job, runs, ranks, own_trainers);
}

/* Returns what bm_master_fini says. */
static int end(struct job *job)
{
    int status = bm_master_fini(&job->master);
    memcpy(job->count, job->session.points.count, sizeof job->count);
    bm_console_stop(&job->console);
    bm_store_close(job->store);
    bm_session_fini(&job->session);
    loop_fini(&job->loop);
    return status;
}

/* What is on disk afterwards. */
static struct bm_results results_of(const struct job *job)
{
    struct bm_results results;
    struct bm_err err = {0};
    assert_int_equal(bm_store_peek(job->results, NULL, &results, &err), 0);
    return results;
}

static size_t count_finished(const struct bm_results *results)
{
    size_t n = 0;
    for (size_t i = 0; i < results->n_runs; i++)
        n += results->runs[i].finished;
    return n;
}

/* ---- what the test says and hears in the name of the other ranks ---- */

static bool heard(struct job *job, int rank, enum bm_message kind, struct bm_frame *frame)
{
    struct bm_bytes message = {0};
    struct bm_schemas schemas;
    int from;
    if (!loop_poll(job->links[rank].context, &from, &message))
        return false;
    assert_int_equal(from, 0);
    assert_int_equal(message.data[0], kind);
    bm_schemas_init(&schemas);
    if (frame != NULL)
        assert_int_equal(bm_frame_decode(message.data + 1, message.size - 1, &schemas, frame, NULL),
                         0);
    bm_bytes_fini(&message);
    return true;
}

static void send_frame(struct job *job, int rank, struct bm_bytes *frame)
{
    bm_message_send(&job->links[rank], 0, BM_MESSAGE_FRAME, frame->data, frame->size);
    frame->size = 0;
}

/* The frames of a whole run: an evaluation, progress, and the end. */
static void send_run(struct job *job, int rank, const struct bm_id *id, enum bm_status status)
{
    struct bm_bytes frame = {0};
    loop_add_evaluation(&frame, id, 5);
    send_frame(job, rank, &frame);
    bm_frame_add_progress(&frame, id, &(struct bm_progress){.epoch = 1, .epochs = 2});
    send_frame(job, rank, &frame);
    loop_add_result(&frame, id, status);
    send_frame(job, rank, &frame);
    bm_bytes_fini(&frame);
}

static void say(struct job *job, int rank, enum bm_message kind, const char *body)
{
    bm_message_send(&job->links[rank], 0, kind, body, strlen(body));
}

static void turn(struct job *job)
{
    assert_true(bm_master_turn(&job->master));
}

/* STOP comes to all, and only after the last BYE it is over. */
static void say_goodbye(struct job *job)
{
    turn(job);
    for (int rank = 1; rank < job->loop.ranks; rank++) {
        assert_true(heard(job, rank, BM_MESSAGE_STOP, NULL));
        turn(job);
        say(job, rank, BM_MESSAGE_BYE, "");
    }
    turn(job);
    assert_false(bm_master_turn(&job->master));
    assert_null(job->loop.first); /* STOP was said once */
    bm_master_release(&job->links[0]);
    for (int rank = 1; rank < job->loop.ranks; rank++)
        assert_true(heard(job, rank, BM_MESSAGE_BYE, NULL));
}

static void hands_out_the_longest_first(void **state)
{
    (void)state;
    enum { RUNS = 10, RANKS = 4 };
    struct job job;
    struct bm_frame frame;
    begin(&job, RUNS, RANKS, 0);
    int64_t epochs = 10 * RUNS;
    for (int n = 0; n < RUNS;) {
        turn(&job);
        for (int rank = 1; rank < RANKS; rank++) {
            if (!heard(&job, rank, BM_MESSAGE_JOB, &frame))
                continue;
            assert_int_equal(frame.job.config.epochs, epochs);
            assert_string_equal(frame.job.results, job.results);
            epochs -= 10;
            send_run(&job, rank, &frame.job.id, n == 3 ? BM_STATUS_DIVERGED : BM_STATUS_DONE);
            n++;
        }
    }
    turn(&job);
    assert_int_equal(job.session.points.count[BM_POINT_DONE], RUNS - 1);
    assert_int_equal(job.session.points.points[3].state, BM_POINT_FAILED);
    assert_int_equal(bm_session_outcome(&job.session), BM_EXIT_FAILED);
    say_goodbye(&job);
    assert_int_equal(end(&job), 0);
    assert_int_equal(job.err.code, BM_EXIT_DONE);
    struct bm_results results = results_of(&job);
    assert_int_equal(results.n_runs, RUNS);
    assert_int_equal(count_finished(&results), RUNS);
    for (size_t i = 0; i < RUNS; i++) {
        assert_int_equal(results.runs[i].n_evaluations, 1);
        assert_int_equal(results.runs[i].evaluations[0].epoch, 5);
    }
    bm_results_fini(&results);
    assert_int_equal(access(job.results, F_OK), 0); /* the snapshot */
}

static void a_lost_rank_gives_its_run_back(void **state)
{
    (void)state;
    struct job job;
    struct bm_frame first, other;
    begin(&job, 2, 3, 0);
    turn(&job);
    assert_true(heard(&job, 1, BM_MESSAGE_JOB, &first));
    assert_true(heard(&job, 2, BM_MESSAGE_JOB, &other));
    say(&job, 1, BM_MESSAGE_LOST, "no more processes");
    turn(&job);
    turn(&job);
    assert_null(job.loop.first); /* nobody is free, and rank 1 gets nothing more */
    send_run(&job, 2, &other.job.id, BM_STATUS_DONE);
    turn(&job);
    turn(&job);
    assert_true(heard(&job, 2, BM_MESSAGE_JOB, &other));
    assert_int_equal(bm_id_compare(&first.job.id, &other.job.id), 0);
    send_run(&job, 2, &other.job.id, BM_STATUS_DONE);
    turn(&job);
    say_goodbye(&job);
    assert_int_equal(end(&job), 0);
    assert_int_equal(job.count[BM_POINT_DONE], 2);
}

static struct bm_store *join_beside(struct job *job)
{
    struct bm_store *other;
    assert_int_equal(
        bm_store_join(job->results, job->session.sweep.name, 1000, NULL, &other, &job->err), 0);
    return other;
}

/* What another job writes, in the way of which a folder can be put. */
struct shard {
    char path[300], away[310];
};

static struct shard hide_shard(const struct job *job, struct bm_store *other)
{
    struct shard shard;
    snprintf(shard.path, sizeof shard.path, "%s.d/shards/%s", job->results,
             bm_store_claims(other)->name);
    snprintf(shard.away, sizeof shard.away, "%s.away", shard.path);
    assert_int_equal(rename(shard.path, shard.away), 0);
    assert_int_equal(mkdir(shard.path, 0777), 0);
    return shard;
}

/* Another job may have finished it, as long as what that one wrote cannot be read. */
static void what_may_be_done_is_not_begun(void **state)
{
    (void)state;
    struct job job;
    struct bm_frame frame;
    begin_beside(true, &job, 1, 2, 0);
    struct bm_store *other = join_beside(&job);
    struct shard shard = hide_shard(&job, other);
    turn(&job);
    assert_null(job.loop.first);
    assert_int_equal(rmdir(shard.path), 0);
    assert_int_equal(rename(shard.away, shard.path), 0);
    job.master.share.next = 0; /* others are looked after again */
    turn(&job);
    assert_true(heard(&job, 1, BM_MESSAGE_JOB, &frame));
    send_run(&job, 1, &frame.job.id, BM_STATUS_DONE);
    turn(&job);
    turn(&job);
    say_goodbye(&job);
    bm_store_close(other);
    assert_int_equal(end(&job), 0);
    assert_int_equal(job.count[BM_POINT_DONE], 1);
}

/* What another job wrote stays as it is, and cannot be read: that is said, nothing is begun, and in
 * the end the job says why it ends. */
static void what_cannot_be_read_ends_it(void **state)
{
    (void)state;
    struct job job;
    begin_beside(true, &job, 50, 2, 0);
    struct bm_store *other = join_beside(&job);
    struct shard shard = hide_shard(&job, other);
    turn(&job);
    turn(&job);
    assert_null(job.loop.first);
    assert_in_range(job.master.schedule.n_elsewhere, 0, 2); /* it does not try all of them */
    assert_false(job.master.share.told_unread);
    job.store->shared.unread_since -= 10;
    job.master.share.next = 0;
    turn(&job);
    assert_true(job.master.share.told_unread);
    assert_int_equal(job.err.code, BM_EXIT_DONE);
    job.store->shared.unread_since -= 2 * bm_session_patience(&job.session);
    job.master.share.next = 0;
    say_goodbye(&job);
    assert_int_equal(rmdir(shard.path), 0);
    bm_store_close(other);
    assert_int_equal(end(&job), -1);
    assert_int_equal(job.err.code, BM_EXIT_IO);
    assert_non_null(strstr(job.err.text, shard.path));
}

/* On a network the lock may hold on one machine alone. */
static void who_is_alone_is_not_joined(void **state)
{
    (void)state;
    struct job job;
    struct bm_frame frame;
    struct bm_store *other;
    struct bm_err err = {0};
    begin(&job, 1, 2, 0);
    turn(&job);
    assert_true(heard(&job, 1, BM_MESSAGE_JOB, &frame));
    bm_lock_release(job.store->lock);
    job.store->lock = BM_NO_LOCK;
    assert_int_equal(bm_store_join(job.results, job.session.sweep.name, 1000, NULL, &other, &err),
                     -1);
    assert_non_null(strstr(err.text, "is in use by another sweep, "));
    send_run(&job, 1, &frame.job.id, BM_STATUS_DONE);
    turn(&job);
    turn(&job);
    say_goodbye(&job);
    assert_int_equal(end(&job), 0);
    assert_int_equal(job.count[BM_POINT_DONE], 1);
}

static void append(struct bm_store *store, struct bm_bytes *frame)
{
    struct bm_err err = {0};
    assert_int_equal(bm_store_append(store, frame->data, frame->size, &err), 0);
    frame->size = 0;
}

/* Another job took this one for dead, and finished its run while it is made here as well. */
static struct bm_id begin_what_others_do(struct job *job, struct bm_store **other)
{
    struct bm_frame frame;
    struct bm_bytes bytes = {0};
    begin_beside(true, job, 1, 2, 0);
    turn(job);
    assert_true(heard(job, 1, BM_MESSAGE_JOB, &frame));
    *other = join_beside(job);
    bm_frame_add_begin(&bytes, &frame.job.id, &frame.job.config);
    append(*other, &bytes);
    loop_add_result(&bytes, &frame.job.id, BM_STATUS_DONE);
    append(*other, &bytes);
    assert_int_equal(bm_store_sync(*other, &job->err), 0);
    job->master.share.next = 0;
    turn(job);
    bm_bytes_fini(&bytes);
    return frame.job.id;
}

static void end_what_others_did(struct job *job, struct bm_store *other, const struct bm_id *id)
{
    say_goodbye(job);
    bm_store_close(other);
    assert_int_equal(end(job), 0);
    assert_int_equal(job->count[BM_POINT_DONE], 1);
    struct bm_results results = results_of(job);
    assert_int_equal(bm_results_find(&results, id)->result.status, BM_STATUS_DONE);
    bm_results_fini(&results);
}

static void what_was_done_elsewhere_is_not_begun_again(void **state)
{
    (void)state;
    struct job job;
    struct bm_store *other;
    struct bm_id id = begin_what_others_do(&job, &other);
    say(&job, 1, BM_MESSAGE_RETURNED, "");
    turn(&job);
    end_what_others_did(&job, other, &id);
}

static void what_was_done_elsewhere_does_not_fail_here(void **state)
{
    (void)state;
    struct job job;
    struct bm_store *other;
    struct bm_id id = begin_what_others_do(&job, &other);
    send_run(&job, 1, &id, BM_STATUS_TIMEOUT);
    turn(&job);
    end_what_others_did(&job, other, &id);
}

/* The run stays to do; those that run may end, but no other begins. */
static void what_cannot_be_written_is_given_back(void **state)
{
    (void)state;
    struct job job;
    struct bm_frame first, other;
    begin(&job, 5, 3, 0);
    turn(&job);
    assert_true(heard(&job, 1, BM_MESSAGE_JOB, &first));
    assert_true(heard(&job, 2, BM_MESSAGE_JOB, &other));
    say(&job, 1, BM_MESSAGE_UNSAVED, "no space");
    turn(&job);
    turn(&job);
    assert_null(job.loop.first); /* neither a job for anybody nor an end */
    send_run(&job, 2, &other.job.id, BM_STATUS_DONE);
    turn(&job);
    say_goodbye(&job);
    assert_int_equal(end(&job), -1);
    assert_int_equal(job.err.code, BM_EXIT_IO);
    char id[BM_ID_TEXT], sentence[100];
    snprintf(sentence, sizeof sentence, "run %.8s: no space; 4 runs are left",
             bm_id_text(&first.job.id, id));
    assert_int_equal(strncmp(job.err.text, sentence, strlen(sentence)), 0);
    struct bm_results results = results_of(&job);
    assert_int_equal(count_finished(&results), 1);
    assert_false(bm_results_find(&results, &first.job.id)->finished);
    bm_results_fini(&results);
}

static void nobody_is_left(void **state)
{
    (void)state;
    struct job job;
    struct bm_frame frame;
    begin(&job, 5, 3, 0);
    turn(&job);
    for (int rank = 1; rank < 3; rank++) {
        assert_true(heard(&job, rank, BM_MESSAGE_JOB, &frame));
        say(&job, rank, BM_MESSAGE_LOST, rank == 1 ? "no more processes" : "no memory");
    }
    turn(&job);
    say_goodbye(&job);
    assert_int_equal(end(&job), -1);
    assert_int_equal(job.err.code, BM_EXIT_IO);
    assert_string_equal(job.err.text,
                        "no trainer is left: rank 1: no more processes; 5 runs are left "
                        "to do by the same command");
    struct bm_results results = results_of(&job);
    assert_int_equal(count_finished(&results), 0); /* to do, not failed */
    bm_results_fini(&results);
}

/* What only some ranks can train goes there; when they are gone it stays to do, beside what the
 * others go on with. */
static void runs_go_where_instructions_are(void **state)
{
    (void)state;
    static const bool ranks_have[] = {true, false, true};
    struct job job;
    struct bm_frame frame;
    has_bf16 = ranks_have;
    begin(&job, 3, 3, 0);
    has_bf16 = NULL;
    turn(&job);
    assert_true(heard(&job, 1, BM_MESSAGE_JOB, &frame));
    const struct bm_point *points = job.session.points.points;
    assert_memory_equal(&frame.job.id, &points[job.session.todo[1]].id, sizeof frame.job.id);
    send_run(&job, 1, &frame.job.id, BM_STATUS_DONE);
    assert_true(heard(&job, 2, BM_MESSAGE_JOB, &frame));
    assert_memory_equal(&frame.job.id, &points[job.session.todo[0]].id, sizeof frame.job.id);
    turn(&job);
    say(&job, 2, BM_MESSAGE_LOST, "no memory");
    turn(&job);
    say_goodbye(&job);
    assert_int_equal(end(&job), -1);
    assert_int_equal(job.err.code, BM_EXIT_IO);
    assert_string_equal(job.err.text,
                        "no trainer is left that has AVX512-BF16, which precision: bf16 needs; 2 "
                        "runs are left to do by the same command");
    struct bm_results results = results_of(&job);
    assert_int_equal(count_finished(&results), 1);
    bm_results_fini(&results);
}

/* ---- trainers that die at once ---- */

/* What is handed out next to this rank. */
static struct bm_id next_job(struct job *job, int rank)
{
    struct bm_frame frame;
    for (int i = 0; i < 3; i++) {
        if (heard(job, rank, BM_MESSAGE_JOB, &frame))
            return frame.job.id;
        turn(job);
    }
    fail_msg("rank %d gets nothing", rank);
    return (struct bm_id){0};
}

/* Its trainer printed something and sent nothing. */
static void send_death(struct job *job, int rank, const struct bm_id *id)
{
    struct bm_bytes frame = {0};
    bm_frame_add_log(&frame, id, "no such library\n", 16);
    send_frame(job, rank, &frame);
    struct bm_result result;
    bm_table_init(&bm_result_table, &result);
    result.status = BM_STATUS_CRASHED;
    snprintf(result.cause, sizeof result.cause, "exited" BM_TRAINER_BEFORE);
    bm_frame_add_result(&frame, id, &result);
    send_frame(job, rank, &frame);
    bm_bytes_fini(&frame);
    turn(job);
}

static void a_rank_where_all_die_is_given_up(void **state)
{
    (void)state;
    enum { RUNS = 12 };
    struct job job;
    begin(&job, RUNS, 3, 0);
    turn(&job);
    struct bm_id good = next_job(&job, 2), dead[BM_DOUBT_PATIENCE];
    for (size_t i = 0; i < BM_DOUBT_PATIENCE; i++) {
        dead[i] = next_job(&job, 1);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(bm_id_compare(&dead[i], &dead[j]), 0); /* never one again */
        send_death(&job, 1, &dead[i]);
        assert_int_equal(job.session.points.count[BM_POINT_FAILED], 0);
    }
    assert_int_equal(job.master.schedule.n_lost, 1);
    assert_non_null(strstr(job.master.losses.first, "rank 1: 5 runs in a row died at once"));
    for (size_t n = 0; n < RUNS; n++) {
        send_run(&job, 2, &good, BM_STATUS_DONE);
        turn(&job);
        if (n + 1 < RUNS)
            good = next_job(&job, 2);
    }
    assert_null(job.loop.first); /* rank 1 got nothing more */
    say_goodbye(&job);
    assert_int_equal(end(&job), 0);
    assert_int_equal(job.count[BM_POINT_DONE], RUNS);
}

/* Two ranks say so, and one of them works. It is said once, with what it printed. */
static void a_run_that_dies_everywhere_has_failed(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 5, 3, 0);
    turn(&job);
    struct bm_id bad = next_job(&job, 1), one = next_job(&job, 2);
    send_death(&job, 1, &bad);
    struct bm_id other = next_job(&job, 1);
    send_run(&job, 2, &one, BM_STATUS_DONE);
    turn(&job);
    one = next_job(&job, 2);
    assert_int_equal(bm_id_compare(&one, &bad), 0); /* before all others */
    send_death(&job, 2, &bad);
    one = next_job(&job, 2);
    assert_int_equal(job.session.points.count[BM_POINT_FAILED], 0);
    send_run(&job, 1, &other, BM_STATUS_DONE); /* rank 1 works */
    turn(&job);
    assert_int_equal(job.session.points.count[BM_POINT_FAILED], 1);
    other = next_job(&job, 1);
    send_run(&job, 1, &other, BM_STATUS_DONE);
    send_run(&job, 2, &one, BM_STATUS_DONE);
    turn(&job);
    say_goodbye(&job);
    assert_int_equal(end(&job), 0);
    assert_int_equal(job.count[BM_POINT_DONE], 4);
    struct bm_results results = results_of(&job);
    const struct bm_run *run = bm_results_find(&results, &bad);
    assert_true(run->finished && run->result.status == BM_STATUS_CRASHED);
    assert_string_equal(run->log, "no such library\n");
    bm_results_fini(&results);
}

/* After words of an evaluation it is the run's own end. */
static void a_later_death_is_the_runs_own(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 2, 2, 0);
    turn(&job);
    struct bm_id id = next_job(&job, 1);
    send_run(&job, 1, &id, BM_STATUS_CRASHED);
    turn(&job);
    assert_int_equal(job.session.points.count[BM_POINT_FAILED], 1);
    id = next_job(&job, 1);
    send_run(&job, 1, &id, BM_STATUS_DONE);
    turn(&job);
    say_goodbye(&job);
    assert_int_equal(end(&job), 0);
}

static void all_die_everywhere(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 30, 3, 0);
    turn(&job);
    for (int i = 0; i < BM_DOUBT_PATIENCE; i++)
        for (int rank = 1; rank < 3; rank++) {
            struct bm_id id = next_job(&job, rank);
            send_death(&job, rank, &id);
        }
    say_goodbye(&job);
    assert_int_equal(end(&job), -1);
    assert_int_equal(job.err.code, BM_EXIT_IO);
    assert_non_null(
        strstr(job.err.text, "no trainer is left: rank 1: 5 runs in a row died at once"));
    assert_non_null(strstr(job.err.text, "; 30 runs are left to do by the same command"));
    struct bm_results results = results_of(&job);
    assert_int_equal(count_finished(&results), 0);
    assert_string_equal(results.runs[0].log,
                        "no such library\n"); /* to be looked at all the same */
    bm_results_fini(&results);
}

/* ---- ranks that are silent ---- */

/* As if nothing had come from the rank for so long. */
static void let_pass(struct job *job, int rank, double seconds)
{
    job->master.silence.ranks[rank].heard -= seconds;
}

static void a_silent_rank_is_given_up(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 3, 3, 0);
    double limit = job.master.silence.limit;
    assert_true(limit > 0);
    turn(&job);
    struct bm_id silent = next_job(&job, 1), other = next_job(&job, 2);
    let_pass(&job, 1, limit + 100);
    let_pass(&job, 2, limit + 100);
    say(&job, 2, BM_MESSAGE_BEAT, ""); /* in time: what waits is read before anybody is judged */
    turn(&job);
    assert_true(heard(&job, 1, BM_MESSAGE_STOP, NULL)); /* should it wake up */
    assert_true(job.loop.abandoned[1] && !job.loop.abandoned[2]);
    assert_non_null(strstr(job.master.losses.first, "rank 1: no sign of life for"));
    for (int n = 0; n < 3; n++) {
        send_run(&job, 2, &other, BM_STATUS_DONE);
        if (n == 0) /* it has woken up, and ends what others have begun */
            send_run(&job, 1, &silent, BM_STATUS_CRASHED);
        turn(&job);
        if (n < 2)
            other = next_job(&job, 2);
        if (n == 0)
            assert_int_equal(bm_id_compare(&other, &silent), 0);
    }
    turn(&job);
    assert_true(heard(&job, 2, BM_MESSAGE_STOP, NULL));
    say(&job, 2, BM_MESSAGE_BYE, "");
    while (bm_master_turn(&job.master)) /* it waits for nobody else */
        assert_true(heard(&job, 1, BM_MESSAGE_STOP, NULL));
    assert_int_equal(end(&job), 0);
    assert_int_equal(job.count[BM_POINT_DONE], 3);
}

/* Neither who has nothing to do is silent, nor who was suspended together with all; but who does
 * not end is. */
static void silence_counts_where_something_is_due(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 1, 3, 0);
    double limit = job.master.silence.limit;
    turn(&job);
    struct bm_id id = next_job(&job, 1);
    let_pass(&job, 2, limit + 100);
    job.master.silence.stint.looked -= limit + 100; /* nobody ran */
    turn(&job);
    assert_int_equal(job.master.schedule.n_lost, 0);
    send_run(&job, 1, &id, BM_STATUS_DONE);
    turn(&job);
    turn(&job);
    for (int rank = 1; rank < 3; rank++)
        assert_true(heard(&job, rank, BM_MESSAGE_STOP, NULL));
    say(&job, 1, BM_MESSAGE_BYE, "");
    turn(&job);
    assert_false(job.loop.abandoned[2]);
    let_pass(&job, 1, limit + 100); /* which has ended */
    let_pass(&job, 2, limit + 100);
    turn(&job);
    assert_true(job.loop.abandoned[2] && !job.loop.abandoned[1]);
    assert_false(bm_master_turn(&job.master));
    assert_int_equal(end(&job), 0);
}

/* Nothing that a rank says can harm what others do: each such message ends as a lost rank. */
static void a_rank_that_makes_no_sense_is_given_up(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        size_t size;
        bool trains; /* the rank has a run then */
        const char *says;
    } cases[] = {
        {"\x04", 1, true, "records that cannot be read"},
        {"\x04\x06", 2, true, "records that cannot be read"},
        {"\x04\x08more", 6, true, "records that cannot be read"},
        {"\x05oh", 3, false, "gave a run back that it did not have"},
        {"\x06oh", 3, false, "gave a run back that it did not have"},
        {"\x07", 1, false, "gave a run back that it did not have"},
        {"\x09", 1, true, "a signal without a number"},
        {"\x0b", 1, true, "lost on the way"},
        {"\x01", 1, true, "makes no sense here"},
        {"\x03", 1, false, "makes no sense here"},
        {"\xff", 1, false, "makes no sense here"},
        {"\0", 1, true, "makes no sense here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct job job;
        begin(&job, 1, 3, 0);
        turn(&job);
        struct bm_id id = next_job(&job, 1);
        int rank = cases[i].trains ? 1 : 2, other = 3 - rank;
        job.links[rank].send(job.links[rank].context, 0, cases[i].message, cases[i].size);
        turn(&job);
        assert_true(job.loop.abandoned[rank] && !job.loop.abandoned[other]);
        if (strstr(job.master.losses.first, cases[i].says) == NULL)
            fail_msg("%zu: '%s' does not say '%s'", i, job.master.losses.first, cases[i].says);
        assert_true(heard(&job, rank, BM_MESSAGE_STOP, NULL));
        turn(&job);
        if (cases[i].trains) {
            struct bm_id again = next_job(&job, other);
            assert_int_equal(bm_id_compare(&again, &id), 0);
        }
        send_run(&job, other, &id, BM_STATUS_DONE);
        while (turn(&job), !heard(&job, other, BM_MESSAGE_STOP, NULL))
            ;
        say(&job, other, BM_MESSAGE_BYE, "");
        while (bm_master_turn(&job.master))
            ;
        assert_int_equal(end(&job), 0);
        assert_int_equal(job.count[BM_POINT_DONE], 1);
    }
}

/* Records of another run, those that only rank 0 writes, and of a run that is over. */
static void records_are_of_the_run(void **state)
{
    (void)state;
    enum { ANOTHER, DROPS, NAMES, TWICE, CASES };
    static const char *const says[CASES] = {"not to train", "not a trainer's", "not to train",
                                            "not to train"};
    for (int i = 0; i < CASES; i++) {
        struct job job;
        struct bm_bytes frame = {0};
        begin(&job, 2, 3, 0);
        turn(&job);
        struct bm_id one = next_job(&job, 1), two = next_job(&job, 2);
        if (i == DROPS)
            bm_frame_add_drop(&frame, &one);
        else if (i == NAMES)
            bm_frame_add_meta(&frame, "name", "text");
        else
            loop_add_result(&frame, i == ANOTHER ? &two : &one, BM_STATUS_DONE);
        for (int times = i == TWICE ? 2 : 1; times > 0; times--)
            bm_message_send(&job.links[1], 0, BM_MESSAGE_FRAME, frame.data, frame.size);
        bm_bytes_fini(&frame);
        turn(&job);
        assert_true(job.loop.abandoned[1]);
        assert_non_null(strstr(job.master.losses.first, says[i]));
        job.master.signal = SIGTERM;
        turn(&job);
        say(&job, 2, BM_MESSAGE_BYE, "");
        while (bm_master_turn(&job.master))
            ;
        assert_int_equal(end(&job), SIGTERM);
        struct bm_results results = results_of(&job);
        assert_int_equal(count_finished(&results), i == TWICE);
        assert_int_equal(results.n_runs, 2);
        bm_results_fini(&results);
    }
}

static void a_signal_to_one_rank_stops_all(void **state)
{
    (void)state;
    struct job job;
    struct bm_frame frame;
    struct bm_bytes evaluation = {0};
    begin(&job, 5, 3, 0);
    turn(&job);
    for (int rank = 1; rank < 3; rank++)
        assert_true(heard(&job, rank, BM_MESSAGE_JOB, &frame));
    loop_add_evaluation(&evaluation, &frame.job.id, 5);
    send_frame(&job, 2, &evaluation);
    bm_bytes_fini(&evaluation);
    say(&job, 2, BM_MESSAGE_SIGNAL, (char[]){SIGUSR2, 0});
    say(&job, 1, BM_MESSAGE_SIGNAL, (char[]){SIGTERM, 0}); /* the first counts */
    turn(&job);
    say_goodbye(&job);
    assert_int_equal(end(&job), SIGUSR2);
    struct bm_results results = results_of(&job);
    assert_int_equal(results.n_runs, 2);
    assert_int_equal(count_finished(&results), 0);
    assert_int_equal(bm_results_find(&results, &frame.job.id)->n_evaluations, 1);
    bm_results_fini(&results);
}

/* A trainer that had told something crashes: the run's own fault, which counts; a lost rank's does
 * not. */
static void crashes_are_tried_again(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 1, 4, 0);
    job.master.retries.most = 3;
    turn(&job);
    struct bm_id id = next_job(&job, 1);
    send_run(&job, 1, &id, BM_STATUS_CRASHED);
    turn(&job);
    assert_int_equal(job.session.points.count[BM_POINT_FAILED], 0);
    next_job(&job, 2); /* not where it crashed */
    say(&job, 2, BM_MESSAGE_LOST, "no more processes");
    turn(&job);
    next_job(&job, 3);
    send_run(&job, 3, &id, BM_STATUS_CRASHED); /* in the same way */
    turn(&job);
    say_goodbye(&job);
    assert_int_equal(end(&job), 0);
    assert_int_equal(job.count[BM_POINT_FAILED], 1);
    struct bm_results results = results_of(&job);
    const struct bm_run *run = bm_results_find(&results, &id);
    assert_int_equal(run->result.status, BM_STATUS_CRASHED);
    assert_non_null(strstr(run->result.cause, "twice in the same way"));
    bm_results_fini(&results);
}

/* Nothing begins any more: the next job tries it again. */
static void crashes_at_the_end_are_left(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 1, 2, 0);
    job.master.retries.most = 1;
    turn(&job);
    struct bm_id id = next_job(&job, 1);
    job.master.signal = SIGUSR1;
    send_run(&job, 1, &id, BM_STATUS_CRASHED);
    say_goodbye(&job);
    assert_int_equal(end(&job), SIGUSR1);
    assert_int_equal(job.count[BM_POINT_FAILED], 0);
    struct bm_results results = results_of(&job);
    assert_false(bm_results_find(&results, &id)->result.status == BM_STATUS_CRASHED);
    bm_results_fini(&results);
}

/* Also where it died before it told anything, as soon as it is known that the rank works. */
static void crashes_at_once_are_tried_again(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 2, 2, 0);
    job.master.retries.most = 1;
    turn(&job);
    struct bm_id id = next_job(&job, 1);
    send_death(&job, 1, &id);
    struct bm_id other = next_job(&job, 1);
    send_run(&job, 1, &other, BM_STATUS_DONE);
    turn(&job);
    other = next_job(&job, 1);
    assert_int_equal(bm_id_compare(&other, &id), 0);
    send_death(&job, 1, &id);
    turn(&job);
    say_goodbye(&job);
    assert_int_equal(end(&job), 0);
    assert_int_equal(job.count[BM_POINT_DONE], 1);
    struct bm_results results = results_of(&job);
    const struct bm_run *run = bm_results_find(&results, &id);
    assert_non_null(strstr(run->result.cause, "twice in the same way"));
    bm_results_fini(&results);
}

/* Two ranks of one machine. */
static void what_wants_memory_is_tried_alone(void **state)
{
    (void)state;
    struct job job;
    struct bm_bytes frame = {0};
    struct bm_result result;
    begin(&job, 3, 3, 0);
    job.master.retries.most = 1;
    job.master.nodes[0] = job.master.nodes[1] = 1;
    turn(&job);
    struct bm_id id = next_job(&job, 1), other = next_job(&job, 2);
    bm_table_init(&bm_result_table, &result);
    result.status = BM_STATUS_ERROR;
    snprintf(result.cause, sizeof result.cause, BM_TRAINER_NO_MEMORY "no room");
    bm_frame_add_result(&frame, &id, &result);
    send_frame(&job, 1, &frame);
    bm_bytes_fini(&frame);
    turn(&job);
    struct bm_id third = next_job(&job, 1);
    assert_int_not_equal(bm_id_compare(&third, &id), 0);
    send_run(&job, 1, &third, BM_STATUS_DONE);
    turn(&job);
    turn(&job);
    assert_int_equal(job.master.schedule.n_running, 1); /* not beside the other one */
    send_run(&job, 2, &other, BM_STATUS_DONE);
    turn(&job);
    third = next_job(&job, 1);
    assert_int_equal(bm_id_compare(&third, &id), 0);
    send_run(&job, 1, &id, BM_STATUS_DONE);
    turn(&job);
    say_goodbye(&job);
    assert_int_equal(end(&job), 0);
    assert_int_equal(job.count[BM_POINT_DONE], 3);
}

static void the_first_failure_can_end_it(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 5, 3, 0);
    struct bm_request request = *job.session.request;
    request.fail_fast = true;
    job.session.request = &request;
    turn(&job);
    struct bm_id id = next_job(&job, 1);
    next_job(&job, 2);
    send_run(&job, 1, &id, BM_STATUS_DIVERGED);
    turn(&job);
    say_goodbye(&job);
    assert_int_equal(end(&job), 0);
    assert_int_equal(job.err.code, BM_EXIT_DONE);
    assert_int_equal(job.count[BM_POINT_FAILED], 1);
    assert_int_equal(job.count[BM_POINT_TODO], 4);
}

static struct rlimit any_size;

static void fill_disk(void)
{
    getrlimit(RLIMIT_FSIZE, &any_size);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = any_size.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &none);
}

/* Runs that finish meanwhile count once they are on the disk. */
static void a_full_disk_stops_nothing(void **state)
{
    (void)state;
    for (int is_full_at_end = 0; is_full_at_end < 2; is_full_at_end++) {
        const unsigned char signal_number = SIGTERM;
        struct job job;
        struct bm_frame frame;
        begin(&job, 5, 3, 0);
        turn(&job);
        for (int rank = 1; rank < 3; rank++)
            assert_true(heard(&job, rank, BM_MESSAGE_JOB, &frame));
        send_run(&job, 2, &frame.job.id, BM_STATUS_DONE);
        fill_disk();
        bool going = bm_master_turn(&job.master) && bm_master_turn(&job.master);
        size_t left = job.session.points.count[BM_POINT_TODO];
        if (!is_full_at_end)
            setrlimit(RLIMIT_FSIZE, &any_size);
        assert_true(going);
        assert_int_equal(left, 5);
        assert_true(heard(&job, 2, BM_MESSAGE_JOB, &frame)); /* it goes on */
        job.master.ledger.records.next_try = 0;
        turn(&job);
        assert_int_equal(job.session.points.count[BM_POINT_TODO], is_full_at_end ? 5 : 4);
        bm_message_send(&job.links[1], 0, BM_MESSAGE_SIGNAL, &signal_number, 1);
        turn(&job);
        say_goodbye(&job);
        int status = end(&job);
        setrlimit(RLIMIT_FSIZE, &any_size);
        assert_int_equal(status, is_full_at_end ? -1 : SIGTERM);
        assert_int_equal(job.err.code, is_full_at_end ? BM_EXIT_IO : BM_EXIT_DONE);
        assert_int_equal(job.count[BM_POINT_TODO], is_full_at_end ? 5 : 4);
        struct bm_results results = results_of(&job);
        assert_int_equal(count_finished(&results), is_full_at_end ? 0 : 1);
        bm_results_fini(&results);
    }
}

/* ---- deadlines ---- */

static void set_deadline(struct job *job, double from_now)
{
    double now = bm_seconds();
    job->master.time.deadline = (struct bm_deadline){now - 1000, now + from_now};
}

/* As in say_goodbye, but none of the runs is left to end. */
static void stop_all(struct job *job)
{
    turn(job);
    for (int rank = 1; rank < job->loop.ranks; rank++) {
        struct bm_bytes message = {0};
        int from;
        assert_true(loop_poll(job->links[rank].context, &from, &message));
        assert_int_equal(message.data[0], BM_MESSAGE_STOP);
        assert_int_equal(message.data[1], SIGUSR1); /* there is time to save what runs */
        bm_bytes_fini(&message);
        if (job->master.schedule.slots[rank - 1].run != BM_NO_RUN)
            say(job, rank, BM_MESSAGE_RETURNED, "");
        say(job, rank, BM_MESSAGE_BYE, "");
    }
    turn(job);
    assert_false(bm_master_turn(&job->master));
}

/* What runs is stopped in time; with nothing to show for it, that was in vain. */
static void a_deadline_stops_all(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 5, 3, 0);
    set_deadline(&job, 1000);
    turn(&job);
    next_job(&job, 1);
    next_job(&job, 2);
    turn(&job);
    assert_false(job.master.closing);
    set_deadline(&job, 29);
    stop_all(&job);
    assert_int_equal(end(&job), SIGUSR1);
    assert_true(job.session.is_in_vain);
    assert_int_equal(job.count[BM_POINT_TODO], 5);
}

static void a_finished_run_is_not_in_vain(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 5, 2, 0);
    turn(&job);
    struct bm_id id = next_job(&job, 1);
    send_run(&job, 1, &id, BM_STATUS_DONE);
    turn(&job);
    next_job(&job, 1);
    set_deadline(&job, 29);
    stop_all(&job);
    assert_int_equal(end(&job), SIGUSR1);
    assert_false(job.session.is_in_vain);
}

static void put_checkpoint(const struct job *job, const struct bm_id *id, int64_t step)
{
    struct bm_err err = {0};
    const struct bm_checkpoint_of of = {.results = job->results, .run = *id};
    assert_int_equal(bm_checkpoint_write(&of, step, NULL, 0, &(struct bm_bytes){0}, &err), 0);
}

/* A run that had one at the start has to get beyond it. */
static void a_further_checkpoint_is_not_in_vain(void **state)
{
    (void)state;
    for (int64_t step = 9; step <= 11; step++) {
        struct job job;
        begin(&job, 2, 2, 0);
        put_checkpoint(&job, &job.session.points.points[0].id, 10);
        bm_checkpoint_marks_fini(&job.master.time.before);
        assert_int_equal(bm_checkpoint_mark(job.results, &job.master.time.before, NULL), 0);
        turn(&job);
        struct bm_id id = next_job(&job, 1);
        put_checkpoint(&job, &id, step);
        set_deadline(&job, 29);
        stop_all(&job);
        assert_int_equal(end(&job), SIGUSR1);
        assert_int_equal(job.session.is_in_vain, step < 11);
    }
}

/* With a deadline Slurm is not asked, and what was never opened is not closed. */
static void a_deadline_asks_nobody(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 1, 2, 0);
    bm_master_deadline_fini(&job.master);
    job.request.deadline = bm_seconds() + 1000;
    job.master.time = (struct bm_time){0}; /* as it is in the beginning */
    bm_master_deadline_init(&job.master);
    assert_null(job.master.time.asking.job);
    assert_true(job.master.time.deadline.at == job.request.deadline);
    set_deadline(&job, 29);
    stop_all(&job);
    assert_int_equal(end(&job), SIGUSR1);
    assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
}

/* It has not had its chance. */
static void a_preempted_job_is_not_in_vain(void **state)
{
    (void)state;
    struct job job;
    begin(&job, 2, 2, 0);
    turn(&job);
    next_job(&job, 1);
    set_deadline(&job, 2000);
    say(&job, 1, BM_MESSAGE_SIGNAL, (char[]){SIGUSR1, 0});
    turn(&job);
    stop_all(&job);
    assert_int_equal(end(&job), SIGUSR1);
    assert_false(job.session.is_in_vain);
}

/* Runs of 20 and 10 epochs, at a speed that is known: the long one does not fit, and cannot be
 * saved. When the short one is done there is nothing to wait for. */
static void what_does_not_fit_is_not_begun(void **state)
{
    (void)state;
    struct job job;
    struct bm_frame frame;
    begin(&job, 2, 3, 0);
    job.session.sweep.launch.checkpoint_every = -1;
    double cost = job.session.points.points[0].cost;
    bm_outlook_seen(&job.console.outlook, &job.session.points.points[0], 1e6);
    assert_true(job.session.points.points[1].cost < 0.7 * cost);
    set_deadline(&job, 0.8e6);
    turn(&job);
    struct bm_id id = next_job(&job, 1);
    assert_int_equal(bm_id_compare(&id, &job.session.points.points[1].id), 0);
    for (int i = 0; i < 3; i++)
        turn(&job);
    assert_false(heard(&job, 2, BM_MESSAGE_JOB, &frame));
    assert_false(job.master.closing);
    send_run(&job, 1, &id, BM_STATUS_DONE);
    turn(&job);
    stop_all(&job);
    assert_int_equal(end(&job), SIGUSR1);
    assert_false(job.session.is_in_vain);
    assert_int_equal(job.count[BM_POINT_TODO], 1);
}

/* With checkpoints it is enough that it begins to train. */
static void what_can_be_saved_is_begun(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct job job;
        struct bm_frame frame;
        begin(&job, 1, 2, 0);
        const struct bm_point *point = &job.session.points.points[0];
        bm_outlook_seen(&job.console.outlook, point, 1e6);
        job.console.outlook.first_word[point->kind] = i == 0 ? 900 : 1100;
        set_deadline(&job, 1000);
        turn(&job);
        assert_int_equal(job.master.closing, i == 1);
        if (i == 0)
            assert_true(heard(&job, 1, BM_MESSAGE_JOB, &frame));
        set_deadline(&job, 29);
        stop_all(&job);
        assert_int_equal(end(&job), SIGUSR1);
    }
}

/* ---- real ranks ---- */

enum { RUNS = 30, RANKS = 4 };

/* Until rank 0 has all, or does without the rest. */
static void run_together(struct job *job, struct bm_worker *workers)
{
    double since = bm_seconds();
    while (bm_master_turn(&job->master)) {
        for (int rank = 1; rank < RANKS; rank++)
            bm_worker_turn(&workers[rank]);
        assert_true(bm_seconds() - since < 60);
    }
}

/* Each run is there once, with its two evaluations. */
static void check_runs(const struct job *job, int by_rank[RANKS])
{
    struct bm_results results = results_of(job);
    assert_int_equal(results.n_runs, RUNS);
    assert_int_equal(count_finished(&results), RUNS);
    for (size_t i = 0; i < RUNS; i++) {
        assert_int_equal(results.runs[i].n_evaluations, 2);
        by_rank[results.runs[i].result.rank]++;
    }
    bm_results_fini(&results);
}

static void all_ranks_together(void **state)
{
    (void)state;
    struct job job;
    struct bm_worker workers[RANKS];
    int by_rank[RANKS] = {0};
    begin(&job, RUNS, RANKS, 2);
    for (int rank = 1; rank < RANKS; rank++)
        bm_worker_init(&workers[rank], &job.links[rank]);
    workers[2].crew.program = "/nowhere/program"; /* it gets lost */
    run_together(&job, workers);
    bm_master_release(&job.links[0]);
    for (int rank = 1; rank < RANKS; rank++) {
        assert_false(bm_worker_turn(&workers[rank]));
        bm_worker_fini(&workers[rank]);
    }
    assert_int_equal(end(&job), 0);
    check_runs(&job, by_rank);
    assert_true(by_rank[0] > 0 && by_rank[1] > 0 && by_rank[2] == 0 && by_rank[3] > 0);
}

/* All ranks over a link that is worse than MPI's; returns how many rank 0 gave up. */
static int run_over(double lost, double repeated, double late, int by_rank[RANKS])
{
    struct job job;
    struct bm_worker workers[RANKS];
    struct bm_post posts[RANKS];
    struct bm_link bare[RANKS];
    int abandoned = 0;
    begin(&job, RUNS, RANKS, 1);
    job.loop.repeated = repeated;
    job.loop.late = late;
    job.loop.lost = lost;
    job.loop.longest_delay = 60;
    if (lost > 0) /* the less is waited for; else nobody may be given up who is slow */
        job.master.silence.limit = 1;
    for (int rank = 0; rank < RANKS; rank++) {
        bare[rank] = loop_link(&job.loop, rank);
        job.links[rank] = bm_post_init(&posts[rank], &bare[rank]);
        posts[rank].patience = lost > 0 ? 0.2 : 60;
        if (rank > 0)
            bm_worker_init(&workers[rank], &job.links[rank]);
    }
    run_together(&job, workers);
    for (int rank = 1; rank < RANKS; rank++) {
        bm_worker_fini(&workers[rank]);
        abandoned += job.loop.abandoned[rank];
    }
    assert_int_equal(end(&job), 0);
    check_runs(&job, by_rank);
    for (int rank = 0; rank < RANKS; rank++)
        bm_post_fini(&posts[rank]);
    return abandoned;
}

static void over_a_link_that_repeats_and_delays(void **state)
{
    (void)state;
    int by_rank[RANKS] = {0};
    assert_int_equal(run_over(0, 0.3, 0.3, by_rank), 0);
    for (int rank = 0; rank < RANKS; rank++)
        assert_true(by_rank[rank] > 0);
}

/* What is lost costs time: its rank, and the run that it had, which another one trains. */
static void over_a_link_that_loses(void **state)
{
    (void)state;
    int by_rank[RANKS] = {0};
    assert_true(run_over(0.1, 0.1, 0.1, by_rank) > 0);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(int argc, char **argv)
{
    if (loop_is_trainer(argc, argv))
        return loop_train();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_out_the_longest_first),
        cmocka_unit_test(a_lost_rank_gives_its_run_back),
        cmocka_unit_test(what_may_be_done_is_not_begun),
        cmocka_unit_test(what_cannot_be_read_ends_it),
        cmocka_unit_test(who_is_alone_is_not_joined),
        cmocka_unit_test(what_was_done_elsewhere_is_not_begun_again),
        cmocka_unit_test(what_was_done_elsewhere_does_not_fail_here),
        cmocka_unit_test(what_cannot_be_written_is_given_back),
        cmocka_unit_test(nobody_is_left),
        cmocka_unit_test(runs_go_where_instructions_are),
        cmocka_unit_test(a_rank_where_all_die_is_given_up),
        cmocka_unit_test(a_run_that_dies_everywhere_has_failed),
        cmocka_unit_test(a_later_death_is_the_runs_own),
        cmocka_unit_test(all_die_everywhere),
        cmocka_unit_test(a_silent_rank_is_given_up),
        cmocka_unit_test(silence_counts_where_something_is_due),
        cmocka_unit_test(a_rank_that_makes_no_sense_is_given_up),
        cmocka_unit_test(records_are_of_the_run),
        cmocka_unit_test(a_signal_to_one_rank_stops_all),
        cmocka_unit_test(crashes_are_tried_again),
        cmocka_unit_test(crashes_at_once_are_tried_again),
        cmocka_unit_test(crashes_at_the_end_are_left),
        cmocka_unit_test(what_wants_memory_is_tried_alone),
        cmocka_unit_test(the_first_failure_can_end_it),
        cmocka_unit_test(a_full_disk_stops_nothing),
        cmocka_unit_test(a_deadline_stops_all),
        cmocka_unit_test(a_finished_run_is_not_in_vain),
        cmocka_unit_test(a_further_checkpoint_is_not_in_vain),
        cmocka_unit_test(a_deadline_asks_nobody),
        cmocka_unit_test(a_preempted_job_is_not_in_vain),
        cmocka_unit_test(what_does_not_fit_is_not_begun),
        cmocka_unit_test(what_can_be_saved_is_begun),
        cmocka_unit_test(all_ranks_together),
        cmocka_unit_test(over_a_link_that_repeats_and_delays),
        cmocka_unit_test(over_a_link_that_loses),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
